"""A stored population: the profile of its columns, the problems that prevent locking, its hash, and its content as CSV.

The stored file is Parquet with c0, c1 …, row (controls.data_files.text). Every question is a scan; only the answer is
held in memory. controls.data_files.content defines content, keys and hash.
"""

from __future__ import annotations

import csv
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from controls.data_files.answered import Answers, source_of
from controls.data_files.content import JOINER, heading_line
from controls.data_files.engine import Engine, literal
from controls.data_files.personal import personal_columns
from controls.data_files.problems import Problem, Problems
from controls.data_files.text import MAX_CELL

EXAMPLES = 20
"""The number of rows named of each kind of problem; all are counted."""
EXACT_ROWS = 1_000_000
"""Up to so many rows the different values of a column are counted; above it they are estimated, and the page says so."""
MAX_KEY = 500
MAX_STRATUM = 200
MAX_STRATA = 200
MAX_AMOUNT = "99 999 999 999 999"
_MISREAD = ("\ufffd", "Ã¥", "Ã¤", "Ã¶", "Ã…", "Ã„", "Ã–", "Ã©")
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Column:
    """The profile of a column. `uneven` counts cells that could be written another way (1,50 and 1.5)."""

    name: str
    filled: int
    distinct: int
    """The number of different values, the empty one too: exact up to EXACT_ROWS, above it an estimate."""
    numbers: int
    uneven: int


@dataclass(frozen=True, slots=True)
class Profile:
    rows: int
    columns: list[Column]
    misread: list[int]
    """The first rows whose letters look as if the encoding was misunderstood."""
    file_sha256: str
    is_exact: bool = True
    """True if the different values were counted, not estimated."""
    personal: dict[str, str] = field(default_factory=dict)
    """The columns that seem to hold personal data, each with the code of why."""

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it; the file's hash has a place of its own."""
        return {name: value for name, value in asdict(self).items() if name != "file_sha256"}

    def likely_key(self) -> str:
        """Return the first filled column with as many different values as rows (about, above EXACT_ROWS); '' for none."""
        least = self.rows if self.is_exact else 0.9 * self.rows
        # Amounts (1,50) may all differ by chance.
        keys = (column for column in self.columns if not (column.uneven and column.numbers))
        sure = (column for column in keys if column.filled == self.rows and column.distinct >= least)
        return next((column.name for column in sure if "." not in column.name), "")


@dataclass(frozen=True, slots=True)
class Choice:
    """The meaning of the columns: key, amount, stratum."""

    key: tuple[str, ...]
    amount: str = ""
    stratum: str = ""


@dataclass(slots=True)
class CheckResult:
    """The result of checking a population with these choices; with problems it cannot be locked."""

    rows: int
    problems: Problems
    total: Decimal | None = None
    positive_total: Decimal | None = None
    negatives: int = 0
    negative_total: Decimal | None = None
    zeros: int = 0
    negative_rows: list[int] = field(default_factory=list)
    largest: Decimal | None = None
    strata: list[tuple[str, int, Decimal | None]] = field(default_factory=list)
    """Each group's name, number of items and sum of amounts."""

    def as_json(self) -> dict[str, Any]:
        def text(value: Any) -> Any:
            return str(value) if isinstance(value, Decimal) else value

        kept = {name: text(getattr(self, name)) for name in self.__slots__ if name not in {"problems", "strata"}}
        return {
            **kept,
            "problems": self.problems.as_json(),
            "strata": [[text(value) for value in each] for each in self.strata],
        }


class Table:
    """The SQL words for one stored population, with its rows as the answers make them."""

    def __init__(self, path: Path, columns: Sequence[str], choice: Choice, answers: Answers | None = None) -> None:
        self.source = source_of(path, columns, answers or {})
        self.columns, self.choice = list(columns), choice
        self.cells = [f"c{i}" for i in range(len(self.columns))]
        self.key_cells = [self.cell(name) for name in choice.key]
        self.key = f"concat_ws({literal(JOINER)}, {', '.join(self.key_cells)})" if len(self.key_cells) > 1 else self._only_key()
        self.amount = f"amount({self.cell(choice.amount)})" if choice.amount else "null"
        self.units = f"cast({self.amount} * 10000 as hugeint)"
        """The amount as a whole number of controls.sampling.drawing.tickets.UNIT."""
        self.stratum = self.cell(choice.stratum) if choice.stratum else "''"

    def cell(self, name: str) -> str:
        """Return the stored name of a column. Raises ValueError for a column that does not exist."""
        return f"c{self.columns.index(name)}"

    def _only_key(self) -> str:
        return self.key_cells[0] if self.key_cells else "''"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of the file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def profile(engine: Engine, path: Path, columns: Sequence[str]) -> Profile:
    """Return the profile of the stored population, in one scan and, up to EXACT_ROWS, one of each column."""
    source = f"read_parquet({literal(str(path))})"
    asked = ["count(*)"]
    for i in range(len(columns)):
        c = f"c{i}"
        asked += [
            f"count(*) filter ({c} <> '')",
            f"approx_count_distinct({c})",
            f"count(*) filter (amount({c}) is not null)",
            f"count(*) filter (canonical({c}) <> {c})",
        ]
    rows, *counted = engine.one(f"select {', '.join(asked)} from {source}")
    is_exact = rows <= EXACT_ROWS
    for i in range(len(columns) if is_exact else 0):
        # A column at a time: what is held (and spilled to disk above the engine's memory) is one column's values.
        counted[4 * i + 1] = engine.one(f"select count(distinct c{i}) from {source}")[0]
    described = [_column(name, rows, *counted[4 * i : 4 * i + 4]) for i, name in enumerate(columns)]
    doubtful = " or ".join(f"contains(c{i}, {literal(sign)})" for i in range(len(columns)) for sign in _MISREAD)
    misread = engine.rows(f"select row from {source} where {doubtful} order by row limit {EXAMPLES}")
    personal = personal_columns(engine, source, columns)
    return Profile(rows, described, [row for (row,) in misread], file_hash(path), is_exact, personal)


def _column(name: str, rows: int, filled: int, distinct: int, numbers: int, uneven: int) -> Column:
    # The estimate may be above what there is: the filled cells, and the empty ones as one value.
    return Column(name, filled, min(distinct, filled + (filled < rows)), numbers, uneven)


def check(engine: Engine, path: Path, columns: Sequence[str], choice: Choice, answers: Answers | None = None) -> CheckResult:
    """Count, sum, and find everything that prevents locking the population, by row."""
    problems = Problems()
    missing = [name for name in (*choice.key, choice.amount, choice.stratum) if name and name not in columns]
    for name in missing:
        problems.add("key_missing", 1, [Problem("key_missing", column=name, allowed=", ".join(columns))])
    if not choice.key:
        problems.add("key_not_chosen", 1, [Problem("key_not_chosen")])
    source = source_of(path, columns, answers or {})
    checked = CheckResult(engine.one(f"select count(*) from {source}")[0], problems)
    if not checked.rows:
        problems.add("nothing_left", 1, [Problem("nothing_left")])
    if problems:
        return checked
    table = Table(path, columns, choice, answers)
    _check_keys(engine, table, problems)
    if choice.amount:
        _check_amounts(engine, table, checked)
    if choice.stratum:
        _check_strata(engine, table, checked)
    return checked


def _check_keys(engine: Engine, table: Table, problems: Problems) -> None:
    for name, cell in zip(table.choice.key, table.key_cells, strict=True):
        _add(engine, table, problems, "key_empty", f"{cell} = ''", column=name)
        _add(engine, table, problems, "key_error", f"is_error({cell})", column=name, value=cell)
        _add(engine, table, problems, "key_formula", f"is_formula({cell})", column=name, value=cell)
    _add(engine, table, problems, "key_too_long", f"length({table.key}) > {MAX_KEY}", limit=str(MAX_KEY))
    # Hashes first: numbers take little memory, and nearly always they differ.
    suspects = f"select hash({table.key}) as h from {table.source} where {table.key} <> '' group by h having count(*) > 1"
    engine.rows(f"create or replace temp table suspects as {suspects}")
    if not engine.one("select count(*) from suspects")[0]:
        return
    engine.rows(
        f"create or replace temp table doubles as select {table.key} as key, row, "
        f"min(row) over (partition by {table.key}) as first from {table.source} "
        f"where hash({table.key}) in (select h from suspects) and {table.key} <> ''"
    )
    count = engine.one("select count(*) from doubles where row <> first")[0]
    found = engine.rows(f"select row, key, first from doubles where row <> first order by row limit {EXAMPLES}")
    examples = [Problem("key_duplicate", row, value=_short(key), other=str(first)) for row, key, first in found]
    problems.add("key_duplicate", count, examples)


def _check_amounts(engine: Engine, table: Table, checked: CheckResult) -> None:
    name, cell, amount = table.choice.amount, table.cell(table.choice.amount), table.amount
    total, positive, negatives, negative, zeros, largest, unread = engine.one(
        f"select sum(a), sum(a) filter (a > 0), count(*) filter (a < 0), sum(a) filter (a < 0), count(*) filter (a = 0), "
        f"max(a), count(*) - count(a) from (select {amount} as a from {table.source})"
    )
    checked.total, checked.positive_total, checked.negatives, checked.negative_total = total, positive, negatives, negative
    checked.zeros, checked.largest = zeros, largest
    if negatives:
        rows = engine.rows(f"select row from {table.source} where {amount} < 0 order by row limit {EXAMPLES}")
        checked.negative_rows = [row for (row,) in rows]
    if unread:
        is_number = f"regexp_full_match(number_text({cell}), '-?[0-9]{{15,}}([.][0-9]+)?')"
        problems, is_unread = checked.problems, f"{amount} is null"
        _add(engine, table, problems, "amount_empty", f"{cell} = ''", column=name)
        _add(engine, table, problems, "amount_error", f"is_error({cell})", column=name, value=cell)
        _add(engine, table, problems, "amount_formula", f"is_formula({cell})", column=name, value=cell)
        is_text = f"{is_unread} and {cell} <> '' and not is_error({cell}) and not is_formula({cell}) and not {is_number}"
        _add(engine, table, problems, "amount_text", is_text, column=name, value=cell)
        large = f"{is_unread} and {is_number}"
        _add(engine, table, problems, "amount_too_large", large, column=name, value=cell, limit=MAX_AMOUNT)


def _check_strata(engine: Engine, table: Table, checked: CheckResult) -> None:
    name, cell = table.choice.stratum, table.stratum
    too_long = f"length({cell}) > {MAX_STRATUM}"
    _add(engine, table, checked.problems, "stratum_too_long", too_long, column=name, limit=str(MAX_STRATUM))
    found = engine.rows(
        f"select {cell} as s, count(*), sum({table.amount}::decimal(18, 4)) from {table.source} group by s order by s "
        f"limit {MAX_STRATA + 1}"
    )
    if len(found) > MAX_STRATA:
        checked.problems.add("stratum_too_many", 1, [Problem("stratum_too_many", column=name, limit=str(MAX_STRATA))])
        found = []
    checked.strata = [(stratum, count, total) for stratum, count, total in found]


def _add(
    engine: Engine,
    table: Table,
    problems: Problems,
    code: str,
    where: str,
    *,
    column: str = "",
    value: str = "''",
    limit: str = "",
) -> None:
    count = engine.one(f"select count(*) from {table.source} where {where}")[0]
    if count:
        rows = engine.rows(f"select row, {value} from {table.source} where {where} order by row limit {EXAMPLES}")
        found = [Problem(code, row, column=column, value=_short(text), limit=limit) for row, text in rows]
        problems.add(code, problems.counts.get(code, 0) + count, found)


def first_rows(
    engine: Engine, path: Path, columns: Sequence[str], answers: Answers | None = None, *, count: int = 10
) -> list[tuple[int, list[str]]]:
    """Return the first rows, each with its number in the uploaded file; long cells are cut."""
    cells = ", ".join(f"c{i}" for i in range(len(columns)))
    source = source_of(path, columns, answers or {})
    found = engine.rows(f"select row, {cells} from {source} limit {int(count)}")
    return [(int(row), [_short(text) for text in texts]) for row, *texts in found]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


# The content, as bytes


def content_sha256(
    engine: Engine, path: Path, columns: Sequence[str], key: Sequence[str], uneven: Sequence[str] | None = None
) -> str:
    """Return the hash of the canonical content (controls.data_files.content.content_hash), in one scan.

    `uneven`: the columns in which some cell could be written another way (from the profile); None: any.
    """
    digest = hashlib.sha256(heading_line(columns))
    _write(engine, source_of(path, columns, {}), _content_cells(columns, key, uneven), digest.update)
    return digest.hexdigest()


def write_content(
    engine: Engine, path: Path, columns: Sequence[str], key: Sequence[str], out: IO[bytes], answers: Answers | None = None
) -> None:
    """Write the canonical content itself to `out`: the bytes whose SHA-256 is the population's, as CSV."""
    out.write(heading_line(columns))
    _write(engine, source_of(path, columns, answers or {}), _content_cells(columns, key, None), out.write)


def canonical_rows(
    engine: Engine, path: Path, columns: Sequence[str], key: Sequence[str], answers: Answers | None = None
) -> Iterator[list[str]]:
    """Yield the rows of the canonical content, the headings first, one at a time; it lies in the engine's folder meanwhile."""
    csv.field_size_limit(MAX_CELL)
    written = engine.work / f"{path.stem}.canonical"
    try:
        with written.open("wb") as out:
            write_content(engine, path, columns, key, out, answers)
        with written.open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)
    finally:
        written.unlink(missing_ok=True)


def _content_cells(columns: Sequence[str], key: Sequence[str], uneven: Sequence[str] | None) -> list[str]:
    rewritten = [name not in key and (uneven is None or name in uneven) for name in columns]
    return [f"canonical(c{i})" if is_rewritten else f"c{i}" for i, is_rewritten in enumerate(rewritten)]


def _write(engine: Engine, source: str, cells: Sequence[str], take: Callable[[bytes], object]) -> None:
    """Hand DuckDB's output to `take`, piece by piece, through a pipe: the content touches no disk.

    The pieces are taken in a thread of their own. The query is watched by the caller's, for its progress is told on that
    thread's connection to the database.
    """
    pipe = engine.work / f"{os.getpid()}-{threading.get_ident()}.pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    errors: list[BaseException] = []

    def read() -> None:
        try:
            with pipe.open("rb") as stream:
                while piece := stream.read(_CHUNK):
                    take(piece)
        except BaseException as error:
            errors.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        try:
            engine.rows(
                f"copy (select {', '.join(cells)} from {source}) to {literal(str(pipe))} "
                f"(format csv, header false, delimiter ',', quote '\"', escape '\"', force_quote *)"
            )
        finally:
            # The reader of a query that failed before it wrote still waits for somebody to open the other end.
            while reader.is_alive():
                with suppress(OSError):
                    os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                reader.join(0.05)
            pipe.unlink(missing_ok=True)
    except BaseException as error:
        if errors:
            # Its reader ended first, and the query because of that.
            raise errors[0] from error
        raise
    if errors:
        raise errors[0]
