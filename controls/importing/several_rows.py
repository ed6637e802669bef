"""Several rows of an own file about one risk, control or follow-up: what they say of it together.

Such a file repeats what is said of a risk in each of its rows, so that it can be sorted. Who changes it in one of them
means it: what differs from the register counts, and where two rows differ from it and each other, the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from controls.importing.findings import Findings
from riskreg.importing.account_details import RowInWords
from riskreg.importing.columns import ImportRow
from riskreg.importing.fields import Field

Stated = tuple[str, ...]
"""Attributes of a row that are stated together."""


def as_one(rows: Sequence[ImportRow], stands: Mapping[str, Any], parts: Iterable[Stated], findings: Findings) -> ImportRow:
    """Return the first row with what counts of all of them; `stands` gives the register's values by attribute."""
    first = rows[0]
    if len(rows) == 1 or not first.is_own:
        return first
    said: dict[str, Any] = {}
    for part in parts:
        stated = [values for row in rows if any(values := tuple(getattr(row, name) for name in part))]
        was = tuple(stands.get(name) for name in part)
        counts = next((values for values in stated if not _agree(values, was)), stated[0] if stated else None)
        if counts is not None and counts != tuple(getattr(first, name) for name in part):
            said |= dict(zip(part, counts, strict=True))
    if not said:
        return first
    merged = replace(first, **said)
    findings.stand_in(merged, first)
    return merged


def settle_repeated(
    row: ImportRow, counts: ImportRow, fields: Mapping[Field, str], findings: Findings, same: str, stands: Mapping[str, Any]
) -> None:
    """Settle what a row says again; `fields` gives the attribute of each."""
    for name, attribute in fields.items():
        if name not in row.sources:
            continue
        value = getattr(row, attribute)
        if _agree((value,), (getattr(counts, attribute),)):
            findings.take(row, (name,), same)
        elif _agree((value,), (stands.get(attribute),)):
            findings.take(row, (name,), "as_before")
        else:
            findings.leave_out(row, (name,), "other_value", first=RowInWords.seen_from(row.place, counts.place, counts.first_row))


def _agree(values: Sequence[Any], others: Sequence[Any]) -> bool:
    return all(_plain(value) == _plain(other) for value, other in zip(values, others, strict=True))


def _plain(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else "" if value is None else value
