"""The reading of a register's file: beside the cells as they came, each known field as a column of its own type.

Nothing is lost: all cells stay as c0, c1 …, and a cell that cannot be read as what its column is (13 February as a day,
“see note” as an amount) is counted and named by row. Days of people's birth get their century from the snapshot's day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from controls.data_files.content import JOINER
from controls.data_files.engine import Engine, literal
from controls.data_files.text import PARQUET
from controls.monitoring.kinds import Field, FieldType, Kind, Shape
from controls.monitoring.recognising import bare, shape_of
from controls.monitoring.snapshots.words import staged, teach

EXAMPLES = 5
DUPLICATES = 20


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """What the reading of a file found."""

    rows: int
    distinct_keys: int
    empty_keys: int
    """Rows without any part of the key."""
    unread: dict[str, tuple[int, list[tuple[int, str]]]] = field(default_factory=dict)
    """By field: how many cells could not be read as what they ought to be, and the first with their rows."""
    duplicate_keys: int = 0
    """Keys that several rows have."""
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    invalid_identities: int = 0
    three_decimals: list[str] = field(default_factory=list)
    """Amounts of which every fraction has three digits: they may be thousands."""

    def as_json(self) -> dict[str, Any]:
        """Return the facts for a JSON field."""
        return asdict(self)


def write_snapshot(
    engine: Engine,
    raw: Path,
    columns: Sequence[str],
    kind: Kind,
    mapping: Mapping[str, str],
    key: Sequence[str],
    target: Path,
    *,
    as_of: date,
) -> SnapshotFacts:
    """Write the snapshot's table to `target` and return what was found in it.

    `raw`: the stored table of the file (controls.data_files.reading). `mapping`: heading by field code. `key`: codes of
    fields, or headings of columns (of a register whose columns are not known); none for rows that are lines.
    """
    teach(engine)
    shape = shape_of(kind, columns)
    texts = {each.code: _text(each, kind, shape, columns, mapping) for each in kind.fields}
    raws = ", ".join(["row", *(f"c{i}" for i in range(len(columns)))])
    values = staged(
        f"read_parquet({literal(str(raw))})",
        {each.code: (each.type, texts[each.code]) for each in kind.fields},
        as_of.year,
        keeping=raws,
    )
    typed = f"{_key(kind, columns, key)} as key, *"
    if kind.has_identity:
        # The number beside the text: its digits are asked for one by one, and a digit of a text takes ten times as long.
        values = f"select *, last_ten(identity) as identity_number from ({values})"
        typed += " exclude (identity_number), number_is_valid(identity, identity_number) as identity_is_valid"
        typed += ", is_person(identity) as identity_is_person"
    made = f"select {typed} from ({values})"
    engine.rows(f"copy ({made}) to {literal(str(target))} ({PARQUET})")
    return _facts(engine, target, kind, texts, key)


def _text(each: Field, kind: Kind, shape: Shape | None, columns: Sequence[str], mapping: Mapping[str, str]) -> str:
    """Return in SQL the text that the field is read from; '' where the file has none."""
    heading = mapping.get(each.code, "")
    if kind.code == "ledger" and not heading:
        return _of_the_ledger(each.code, columns, mapping)
    if heading not in columns:
        return ""
    if shape and each.code in shape.cells:
        cells = {bare(name): f"c{i}" for i, name in enumerate(columns)}
        filled = shape.cells[each.code]
        for name, cell in cells.items():
            filled = filled.replace(f"{{{name}}}", cell)
        return f"coalesce({filled}, '')" if "{" not in filled else ""
    cell = f"c{columns.index(heading)}"
    if kind.code == "ledger" and each.code == "invoice":
        return f"case when {cell} in ('-', '–') then '' else {cell} end"
    if kind.code == "ledger" and each.code == "account" and not mapping.get("account_text"):
        return f"case when regexp_matches({cell}, '^[0-9]+ ') then regexp_extract({cell}, '^[0-9]+') else {cell} end"
    return cell


def _of_the_ledger(code: str, columns: Sequence[str], mapping: Mapping[str, str]) -> str:
    """Return what a ledger says without a column for it: the identity in the supplier's number, a name beside the account."""
    if code == "identity" and mapping.get("supplier_id") in columns:
        cell = f"c{columns.index(mapping['supplier_id'])}"
        # An own number of a supplier is short, or no number at all: an organisation's has ten digits.
        return f"case when length(regexp_replace({cell}, '[^0-9]', '', 'g')) in (10, 12) then {cell} else '' end"
    if code == "account_text" and mapping.get("account") in columns:
        cell = f"c{columns.index(mapping['account'])}"
        return f"case when regexp_matches({cell}, '^[0-9]+ ') then ltrim(regexp_replace({cell}, '^[0-9]+', '')) else '' end"
    return ""


def _key(kind: Kind, columns: Sequence[str], key: Sequence[str]) -> str:
    if not key:
        return "cast(row as varchar)"
    codes = {each.code for each in kind.fields}
    parts = [f"coalesce(cast({name} as varchar), '')" if name in codes else f"c{columns.index(name)}" for name in key]
    return f"concat_ws({literal(JOINER)}, {', '.join(parts)})" if len(parts) > 1 else parts[0]


def _facts(engine: Engine, target: Path, kind: Kind, texts: Mapping[str, str], key: Sequence[str]) -> SnapshotFacts:
    source = f"read_parquet({literal(str(target))})"
    asked = ["count(*)", f"count(*) filter (trim(key, {literal(JOINER)}) = '')"]
    # A number that cannot be judged, or is no number at all, is not unread: its cell is shown as it is.
    judged = [each for each in kind.fields if each.type not in (FieldType.TEXT, FieldType.IDENTITY) and texts[each.code]]
    missed = [f"{texts[each.code]} <> '' and {texts[each.code]} <> '-' and {each.code} is null" for each in judged]
    asked += [f"count(*) filter ({condition})" for condition in missed]
    amounts = [each for each in judged if each.type == FieldType.AMOUNT]
    for each in amounts:
        text = texts[each.code]
        asked.append(
            f"count(*) filter (regexp_matches({text}, '[.,]')), count(*) filter (regexp_matches({text}, '[.,][0-9]{{3}}$'))"
        )
    asked.append("count(*) filter (identity_is_valid = false)" if kind.has_identity else "0")
    rows, empty, *rest = engine.one(f"select {', '.join(asked)} from {source}")
    unread = {}
    for each, condition, count in zip(judged, missed, rest, strict=False):
        if count:
            found = engine.rows(f"select row, {texts[each.code]} from {source} where {condition} order by row limit {EXAMPLES}")
            unread[each.code] = (count, [(row, str(text)[:80]) for row, text in found])
    fractions = rest[len(judged) : len(judged) + 2 * len(amounts)]
    doubtful = [each.code for i, each in enumerate(amounts) if fractions[2 * i] and fractions[2 * i] == fractions[2 * i + 1]]
    keys, count, duplicates = _keys(engine, source) if key else (rows, 0, [])
    return SnapshotFacts(rows, keys, empty, unread, count, duplicates, rest[-1], doubtful)


def _keys(engine: Engine, source: str) -> tuple[int, int, list[tuple[str, int]]]:
    """Return how many keys there are, how many of them several rows have, and some of these; in one pass over the rows."""
    numbers = f"select key, count(*) as n from {source} group by key"
    some = f"arg_max(struct_pack(key := key, n := n), (n, key), {DUPLICATES}) filter (n > 1)"
    keys, several, found = engine.one(f"select count(*), count(*) filter (n > 1), {some} from ({numbers})")
    return keys, several, [(each["key"], each["n"]) for each in found or []]
