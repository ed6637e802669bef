"""The trail as JSON Lines: everything a third party needs to verify it without this product. Format: docs/trail.md."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskreg.models.seal import Seal, SealedRow
from riskreg.models.user import User
from riskreg.trail import canonical
from riskreg.trail.seals import stated_by
from riskreg.trail.sight import Sight
from riskreg.trail.tables import CHUNK, TOMBSTONES, TrailTable, Values, sealed_tables


def export_lines(reader: User | None, now: datetime) -> Iterator[str]:
    """Yield the lines, each with its line break; made as they are asked for, so that memory stays flat.

    Rows that the reader may not read appear as their hashes only (riskreg.trail.sight): the file still verifies.
    """
    checksum, count = hashlib.sha256(), 0
    for line in _lines(Sight(reader), now):
        text = canonical.canonical(line) + "\n"
        checksum.update(text.encode("utf-8"))
        count += 1
        yield text
    yield canonical.canonical({"kind": "end", "lines": count, "sha256": checksum.hexdigest()}) + "\n"


def _lines(sight: Sight, now: datetime) -> Iterator[dict[str, Any]]:
    yield {
        "exported_at": canonical.moment_text(now),
        "format": canonical.FORMAT,
        "kind": "export",
        "scope": "all" if sight.everything else "partial",
    }
    tables = sealed_tables()
    for seal in Seal.objects.order_by("seq").iterator(chunk_size=100):
        for label, part in sorted(seal.contents.items()):
            for chunk in _entries(seal, label):
                yield from _rows_for(chunk, tables.get(label), part["columns"], sight)
        yield {"kind": "seal", "hash": seal.hash, "states": stated_by(seal)}


def _entries(seal: Seal, label: str) -> Iterator[list[SealedRow]]:
    last = 0
    while chunk := list(SealedRow.objects.filter(seal=seal, model=label, history_id__gt=last).order_by("history_id")[:CHUNK]):
        yield chunk
        last = chunk[-1].history_id


def _rows_for(chunk: list[SealedRow], table: TrailTable | None, columns: list[str], sight: Sight) -> Iterator[dict[str, Any]]:
    readable: set[str] = set()
    secret: set[int] = set()
    rows: dict[int, Values | None] = {}
    if table is not None and set(columns) <= set(table.attributes()):
        readable = sight.readable(table, {entry.record for entry in chunk})
        numbers = [entry.history_id for entry in chunk]
        rows = table.read(columns, numbers)
        secret = sight.withheld(table, numbers)
    for entry in chunk:
        line: dict[str, Any] = {
            "hash": entry.hash,
            "id": entry.history_id,
            "kind": "row",
            "model": entry.model,
            "record": entry.record,
        }
        if entry.weeded:
            yield line | {"state": "weeded"}
        elif entry.model != TOMBSTONES and (entry.record not in readable or entry.history_id in secret):
            yield line | {"state": "withheld"}
        elif rows.get(entry.history_id) is None:
            yield line | {"state": "missing"}
        else:
            yield line | {"state": "shown", "salt": entry.salt, "values": rows[entry.history_id]}


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of the register from an earlier export: a row with other values, or only seals made again."""

    kind: str  # "row", "entry" or "seal"
    model: str = ""
    history_id: int | None = None
    record: str = ""
    seal: int | None = None


def compare(lines: Iterable[dict[str, Any]]) -> Difference | None:
    """Return the first difference between an earlier export and the register; None when all of it is still here.

    This names what no register can find by itself: a row that was changed before all seals after it were made again.
    A row whose values differ goes before one whose hash alone does.
    """
    batch: list[dict[str, Any]] = []
    remade: Difference | None = None
    for line in lines:
        if line.get("kind") == "row":
            batch.append(line)
        if batch and (len(batch) >= CHUNK or line.get("kind") != "row"):
            found = _first_difference(batch)
            if found is not None and found.kind == "row":
                return found
            remade, batch = remade or found, []
        if line.get("kind") == "seal" and remade is None:
            seq = int(line["states"]["seq"])
            if not Seal.objects.filter(seq=seq, hash=line["hash"]).exists():
                remade = Difference("seal", seal=seq)
    return remade


def _first_difference(batch: list[dict[str, Any]]) -> Difference | None:
    hashes = [line["hash"] for line in batch]
    here = set(SealedRow.objects.filter(hash__in=hashes).values_list("model", "history_id", "hash"))
    gone = [line for line in batch if (line["model"], line["id"], line["hash"]) not in here]
    tables = sealed_tables()
    for line in gone:
        table, values = tables.get(line["model"]), line.get("values")
        there = table.read(sorted(values), [line["id"]]) if table is not None and values is not None else {}
        if values is None or there.get(line["id"]) != values:
            return Difference("row", line["model"], line["id"], line["record"])
    return Difference("entry", gone[0]["model"], gone[0]["id"], gone[0]["record"]) if gone else None
