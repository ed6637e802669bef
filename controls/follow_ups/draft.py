"""The text of a follow-up before it is saved: plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from controls.models import Action


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the planned measures; `action_id` when it is saved already."""

    description: str
    responsible_id: int | None = None
    due_on: date | None = None
    action_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about the outcome: measures, or that it goes on, or that nothing is needed (both with their text)."""

    kind: str
    measures: tuple[Measure, ...] = ()
    text: str = ""

    @classmethod
    def of(cls, actions: Iterable[Action]) -> Decision | None:
        """Return the decision that the saved actions amount to; None when nothing is decided yet."""
        stored = list(actions)
        if not stored:
            return None
        open_measures = tuple(
            Measure(action.description, action.responsible_id, action.due_on, action.pk)
            for action in stored
            if action.kind == Action.Kind.MEASURE and action.done_on is None
        )
        for action in stored:
            if action.kind != Action.Kind.MEASURE:
                return cls(action.kind, open_measures, action.description)
        return cls(Action.Kind.MEASURE, open_measures)


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a follow-up as written. `decision` None leaves the actions as they are."""

    result: str = ""
    conclusion: str = ""
    conclusion_reason: str = ""
    performed_otherwise: str = ""
    decision: Decision | None = field(default=None)

    FIELDS = ("result", "conclusion", "conclusion_reason", "performed_otherwise")
