"""The account of an import as it is stored with it: plain data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from controls.importing.changes import PlanChanges
from controls.importing.findings import Findings
from controls.importing.reading import Reading
from riskreg.importing.account import Account, Entry, Fate, Settlement
from riskreg.importing.account_details import CodeInWords, Detail, RowInWords
from riskreg.importing.cells import Place
from riskreg.importing.fields import Field

_RISK = 9
"""Where in a stored entry the key of its risk stands."""


class DraftAccount:
    """An account as it is stored, drawn up before anything is locked; the keys of its risks follow when they are written.

    It holds as long as the comparison under the lock settles every value as the one before it did.
    """

    def __init__(self, reading: Reading, findings: Findings) -> None:
        account = reading.account(findings.settled)
        self._settled = findings.all_settled
        self._stored = packed(account)
        self._rows = [id(entry.import_row) if entry.import_row else None for entry in account.entries]

    def finished(self, reading: Reading, changes: PlanChanges) -> dict[str, Any]:
        """Return the account as JSON holds it, each entry with the key of the risk it is about."""
        if changes.findings.all_settled != self._settled:
            # What the file is compared with has changed meanwhile.
            return DraftAccount(reading, changes.findings).finished(reading, changes)
        keys = {
            id(row): change.existing.pk
            for change in changes.risks
            if change.existing is not None
            for row in (change.row, *change.further_rows)
        }
        for entry, row in zip(self._stored["entries"], self._rows, strict=True):
            entry[_RISK] = keys.get(row) if row else None
        return self._stored


def packed(account: Account) -> dict[str, Any]:
    """Return the account as JSON holds it, without its risks' keys.

    Places and headings stand once: a plan of 2,000 rows has some 20,000 entries.
    """
    places: dict[Place, int] = {}
    headings: dict[str, int] = {}
    entries = []
    for entry in account.entries:
        entries.append(
            [
                places.setdefault(entry.place, len(places)),
                entry.row,
                entry.column,
                headings.setdefault(entry.heading, len(headings)),
                entry.text,
                entry.fate.value,
                entry.field.value if entry.field else "",
                entry.settlement.reason,
                {name: _packed(detail) for name, detail in entry.settlement.details.items()},
                entry.risk,
                int(entry.is_rest),
            ]
        )
    return {
        "places": [astuple(place) for place in places],
        "headings": list(headings),
        "entries": entries,
    }


def unpacked(stored: Mapping[str, Any]) -> Account:
    """Return the account that `packed` stored; an empty one for an import from before accounts were kept."""
    if not stored:
        return Account([])
    places = [Place(*parts) for parts in stored["places"]]
    entries = []
    for place, row, column, heading, text, fate, field, reason, details, risk, is_rest in stored["entries"]:
        entries.append(
            Entry(
                places[place],
                row,
                column,
                stored["headings"][heading],
                text,
                Settlement(Fate(fate), reason, {name: _unpacked(detail) for name, detail in details.items()}),
                Field(field) if field else None,
                None,
                risk,
                bool(is_rest),
            )
        )
    return Account(entries)


def _packed(detail: Detail) -> Any:
    """Return what a reason names as JSON holds it: a text as it is, all else as a code that is said when it is shown."""
    if isinstance(detail, CodeInWords):
        return {"code": detail.code}
    if isinstance(detail, RowInWords):
        return {"row": detail.row, "place": astuple(detail.place) if detail.place else None}
    return {"place": astuple(detail)} if isinstance(detail, Place) else detail


def _unpacked(stored: Any) -> Detail:
    if not isinstance(stored, dict):
        return str(stored)
    if "code" in stored:
        return CodeInWords(stored["code"])
    place = Place(*stored["place"]) if stored["place"] else None
    if "row" in stored:
        return RowInWords(stored["row"], place)
    return place or ""
