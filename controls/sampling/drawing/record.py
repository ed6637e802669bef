"""The record of a draw: its inputs and its result, in a form that anyone can verify (docs/sampling.md).

The record's hash is over the head and each item's number, kind and leaf. Keys, tickets and salts go with the
downloaded record as long as they exist; once weeded, the leaves still prove that the record is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from controls.data_files.content import canonical_cell
from controls.models import Population, Sample, SampleItem
from controls.sampling.drawing.tickets import ALGORITHM, canonical_json, record_hash
from riskreg.models.author import SYSTEM

SCHEMA = 1


def head_of(sample: Sample, population: Population) -> dict[str, Any]:
    """Return everything the draw depended on, and who and when. None of it is personal data of the items."""
    return {
        "schema": SCHEMA,
        "sample": sample.pk,
        "algorithm": ALGORITHM,
        "population": {
            "id": population.pk,
            "name": population.name,
            "source_system": population.source_system,
            "file_name": population.original_name,
            "file_sha256": population.original_sha256,
            "sha256": population.sha256,
            "rows": population.row_count,
            "control_total": _text(population.control_total),
            "columns": population.columns,
            "key_columns": population.key_columns,
            "key": "trimmed, NFC, joined by |",
            "amount_column": population.amount_column,
            "stratum_column": population.stratum_column,
            "answers": population.answers,
            "locked_at": _moment(population.locked_at),
            "locked_by": str(population.locked_by or ""),
        },
        "method": sample.method,
        "size": sample.size,
        "design": sample.design,
        "seed": sample.seed,
        "seed_origin": sample.seed_origin,
        "seed_event": sample.seed_event,
        "seed_set_at": _moment(sample.seed_set_at),
        "seed_set_by": SYSTEM if sample.seed_set_by_itself else str(sample.seed_set_by or ""),
        "drawn_at": _moment(sample.drawn_at),
        "drawn_by": SYSTEM if sample.drawn_by_itself else str(sample.drawn_by or ""),
        "changes": [],
    }


def with_change(head: dict[str, Any], *, what: str, at: datetime, by: str, reason: str, items: list[int]) -> dict[str, Any]:
    """Return the head after a replacement or an extension: the first draw stays as it was."""
    change = {"what": what, "at": _moment(at), "by": by, "reason": reason, "items": items}
    return {**head, "changes": [*head["changes"], change]}


def hash_of(head: dict[str, Any], items: Iterable[SampleItem]) -> str:
    """Return the record's hash."""
    return record_hash(head, [(item.position, item.kind, item.leaf) for item in sorted(items, key=lambda item: item.position)])


def whole(sample: Sample, items: Iterable[SampleItem]) -> dict[str, Any]:
    """Return the record to download: head, hash, and each item with what is left of it."""
    return {
        "head": sample.record,
        "sha256": sample.record_sha256,
        "items": [
            {
                "number": item.position,
                "kind": item.kind,
                "leaf": item.leaf,
                "key": item.key,
                "ticket": item.ticket,
                "salt": item.salt,
                "row": item.row_number,
                "stratum": canonical_cell(item.stratum),
                "amount": _text(item.amount),
            }
            for item in sorted(items, key=lambda item: item.position)
        ],
    }


def as_text(record: dict[str, Any]) -> str:
    """Return the record as canonical JSON."""
    return canonical_json(record)


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _text(value: object) -> str | None:
    return None if value is None else str(value)
