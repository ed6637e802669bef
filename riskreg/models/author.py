"""The author of a change, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskreg.models.user import User

SYSTEM = "Riskreg"
"""The product's name in the history of what nobody asked for: the schedule, at night."""
LONGEST = 400
"""The number of characters of names that the history stores."""


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a change: a user, by their own right or as somebody's deputy; or the product itself (no user).

    A value: the gate (riskreg.verbs.gate) works it out from the right that is asked, a run of the worker keeps it with
    its row, and whatever is saved takes it. Nothing is remembered on the user.
    """

    user: User | None
    acting_for: str = ""
    """The names of those by whose right it is done; empty when it is the user's own."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "acting_for", self.acting_for[:LONGEST])

    @property
    def name(self) -> str:
        return SYSTEM if self.user is None else self.user.get_full_name()

    @property
    def person(self) -> User:
        """The user. Raises ValueError for the product itself."""
        if self.user is None:
            raise ValueError("Nobody did this: the product did it by itself.")
        return self.user


RISKREG = Author(None)
"""The product itself."""
