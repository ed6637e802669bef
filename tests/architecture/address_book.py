"""Addresses by the access table's names of them, each with the form that would write something there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

Form = dict[str, Any]
FEW = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
NEW_PASSWORD = "sju-gröna-elefanter"


def formset(prefix: str, rows: list[Form] | None = None, *, initial: int = 0) -> Form:
    form: Form = {f"{prefix}-{name}": value for name, value in FEW.items()}
    form |= {f"{prefix}-TOTAL_FORMS": len(rows or []), f"{prefix}-INITIAL_FORMS": initial}
    for index, row in enumerate(rows or []):
        form |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return form


Asked = tuple[str, Form]
"""The address, and what is sent to it by POST."""


class AddressBook:
    """Addresses by the table's names of them; each is made anew, as a file can be sent but once."""

    def __init__(self) -> None:
        self.found: dict[str, Callable[[], Asked]] = {}

    def add(self, name: str, *args: Any, query: str = "", form: Callable[[], Form] | None = None) -> None:
        """The name may have more words after that of the address: a verb, a kind of record."""
        self.add_at(name, reverse(name.split(" ", maxsplit=1)[0], args=args) + query, form)

    def add_at(self, name: str, address: str, form: Callable[[], Form] | None = None) -> None:
        self.found[name] = lambda: (address, form() if form else {})


def sending(form: Form) -> Callable[[], Form]:
    return lambda: form
