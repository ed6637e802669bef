"""The account of an import as it is stored with it: plain data, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

from controls.importing.changes import RiskChange
from riskreg.importing.account import Account, Entry, Fate, Settlement
from riskreg.importing.cells import Place
from riskreg.importing.fields import Field


def packed(account: Account, risks: Iterable[RiskChange]) -> dict[str, Any]:
    """Return the account as JSON holds it, each entry with the key of the risk it is about.

    Places and headings stand once: a plan of 2,000 rows has some 20,000 entries.
    """
    keys = {
        id(row): change.existing.pk
        for change in risks
        if change.existing is not None
        for row in (change.row, *change.further_rows)
    }
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
                dict(entry.settlement.details),
                keys.get(id(entry.import_row)) if entry.import_row else None,
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
                Settlement(Fate(fate), reason, details),
                Field(field) if field else None,
                None,
                risk,
                bool(is_rest),
            )
        )
    return Account(entries)
