"""Conversion of an uploaded file to a population's stored file: Parquet, compressed, every cell as text.

Whatever was uploaded (CSV in any encoding and with any delimiter, JSON, XLSX, XLS, ODS, Parquet), the stored file has the
columns c0, c1 … in the order of the headings, trimmed and composed, and `row`: the row's number in the uploaded file.
Memory stays bounded: text goes through DuckDB; a spreadsheet, which is at most a million rows, through a child
process.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb

from controls.data_files import packed
from controls.data_files.disk import require_room
from controls.data_files.engine import Engine, literal
from controls.data_files.json_text import read_json
from controls.data_files.problems import Unreadable
from controls.data_files.spreadsheet import convert
from controls.data_files.text import (
    HEADING_WITHIN,
    MAX_CELL,
    MAX_ROWS,
    PARQUET,
    ReadFile,
    column_names,
    copy_rows,
    finish,
    heading_index,
    lines_above,
    normal_sql,
    read_text,
)
from riskreg.importing import archive
from riskreg.importing.unreadable import UnreadableFile

MAX_UNPACKED_MB = 2_000
_TEXTS = {"csv": "csv", "txt": "csv", "tsv": "csv", "json": "json", "jsonl": "json", "ndjson": "json"}
_LINES = (".jsonl", ".ndjson")
_WORKBOOKS = ("xlsx", "xls", "ods")
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "[]")
_CHUNK = 2**20


def format_of(source: Path, name: str) -> str:
    """Return csv, json, xlsx, xls, ods or parquet: by content, and the name must agree.

    Text may come compressed (.csv.gz, or a .zip of one file); the others are compressed already. Raises Unreadable.
    """
    with source.open("rb") as file:
        head = file.read(8)
    named_packed = name.lower().endswith(packed.ENDINGS)
    if named_packed and head and not packed.is_packed(head, name):
        raise Unreadable("content")
    inner = packed.plain_name(source, name) if head else name.lower()
    extension = inner.rpartition(".")[2] if "." in inner else ""
    as_text = _TEXTS.get(extension)
    if head and as_text is None and (named_packed or extension not in {"xlsx", "xls", "ods", "parquet"}):
        raise Unreadable("extension")
    if not head:
        raise Unreadable("empty")
    if named_packed or head.startswith(packed.MARK):
        if not named_packed or packed.begins_with_another_file(source):
            raise Unreadable("content")
        return as_text or "csv"
    found = as_text or "csv"
    if head.startswith(b"PK\x03\x04"):
        found = _kind_of_package(source)
    elif head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # The old binary format; also what a password-protected new one is wrapped in.
        found = "xls"
    elif head.startswith(b"PAR1"):
        found = "parquet"
    expected = as_text or extension
    if found != expected:
        raise Unreadable("encrypted" if found == "xls" and expected == "xlsx" else "content")
    return found


def _kind_of_package(source: Path) -> str:
    try:
        with source.open("rb") as file, archive.open_declared(file, max_unpacked=MAX_UNPACKED_MB * 2**20) as package:
            names = set(package.namelist())
            if "xl/workbook.xml" in names and not any(name.lower().endswith("vbaproject.bin") for name in names):
                return "xlsx"
            stated = package.read("mimetype").strip() if "mimetype" in names else b""
    except UnreadableFile as error:
        raise Unreadable(error.code if error.code in {"bomb", "encrypted"} else "damaged", limit=MAX_UNPACKED_MB) from error
    except (zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
        raise Unreadable("damaged") from error
    return "ods" if stated == b"application/vnd.oasis.opendocument.spreadsheet" else "package"


def read(engine: Engine, source: Path, name: str, target: Path, *, sheet: str = "") -> ReadFile:
    """Read `source` (uploaded as `name`) and write `target`. Raises Unreadable; then there is no target.

    `sheet`: which of a workbook's; '' is the first one that is shown and holds something.
    """
    kind = format_of(source, name)
    if sheet and kind not in _WORKBOOKS:
        raise Unreadable("no_sheets")
    try:
        if kind in ("csv", "json"):
            plain = packed.plain_name(source, name)
            read_it = read_text if kind == "csv" else partial(read_json, as_lines=plain.endswith(_LINES))
            if name.lower().endswith(packed.ENDINGS):
                return _read_packed(engine, source, target, read_it, counting=b"{" if kind == "json" else b"\n")
            return read_it(engine, source, target)
        if kind == "parquet":
            return _read_parquet(engine, source, target)
        return _read_spreadsheet(engine, source, target, kind, sheet)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _read_packed(
    engine: Engine, source: Path, target: Path, read_it: Callable[[Engine, Path, Path], ReadFile], *, counting: bytes
) -> ReadFile:
    text = engine.work / f"{target.stem}.unpacked"
    try:
        # Some lines stand above the headings, and an object around the records.
        packed.unpack(source, text, engine, most=MAX_ROWS + HEADING_WITHIN, counting=counting)
        return read_it(engine, text, target)
    finally:
        text.unlink(missing_ok=True)


# Spreadsheets and Parquet


def _read_spreadsheet(engine: Engine, source: Path, target: Path, kind: str, sheet: str) -> ReadFile:
    rewritten = engine.work / f"{target.stem}.rows"
    if kind in {"xlsx", "ods"}:
        with zipfile.ZipFile(source) as package:
            require_room(engine.work, sum(part.file_size for part in package.infolist()))
    try:
        answer = convert(source, rewritten, sheet=sheet, alive=lambda: engine.report(0.2))
        engine.report(0.5)
        csv.field_size_limit(MAX_CELL)
        with rewritten.open(encoding="utf-8", newline="") as file:
            first = [(int(row[0]), row[2:]) for row in islice(csv.reader(file), HEADING_WITHIN)]
            index = heading_index(first)
        columns = column_names(first[index][1])
        width = len(first[index][1])
        copy_rows(engine, rewritten, target, width, above=first[index][0], is_marked=True)
        if width > len(columns):
            _refuse_unnamed(engine, target, len(columns), width)
    finally:
        rewritten.unlink(missing_ok=True)
    first_row = finish(engine, target)
    which = "chosen_sheet" if sheet else "one_sheet_of_several"
    notes = [(which, str(answer["sheet"]))] if sheet or answer["others"] else []
    notes += lines_above(first, index)
    if answer["hidden_sheets"]:
        notes.append(("hidden_sheets", ", ".join(answer["hidden_sheets"])))
    if answer["unvalued"]:
        count, row = answer["unvalued"]
        notes.append(("formulas_without_value", f"{count}:{row}"))
    if answer["hidden_columns"]:
        notes.append(("hidden_columns", str(answer["hidden_columns"])))
    if kind == "xls":
        notes.append(("marks_unknown", ""))
    sheets = [*answer["others"], *answer["hidden_sheets"]]
    return ReadFile(kind, "", _file_hash(source), columns, first_row, notes, sheets)


def _refuse_unnamed(engine: Engine, target: Path, named: int, width: int) -> None:
    filled = " or ".join(f"c{i} <> ''" for i in range(named, width))
    found = engine.one(f"select min(row) from read_parquet({literal(str(target))}) where {filled}")[0]
    if found is not None:
        raise Unreadable("ragged", row=found, value=width, limit=named)


def _read_parquet(engine: Engine, source: Path, target: Path) -> ReadFile:
    path = literal(str(source))
    try:
        described = engine.rows(f"describe select * from read_parquet({path})")
        if engine.one(f"select count(*) from read_parquet({path})")[0] > MAX_ROWS:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        nested = next((name for name, kind, *_ in described if any(word in kind for word in _NESTED)), None)
        if nested is not None:
            raise Unreadable("nested", detail=nested)
        columns = column_names([name for name, *_ in described])
        cells = ", ".join(f"{normal_sql(_as_text(str(name), str(kind)))} c{i}" for i, (name, kind, *_) in enumerate(described))
        engine.rows(
            f"copy (select {cells}, file_row_number + 1 as row from read_parquet({path}, file_row_number = true)) "
            f"to {literal(str(target))} ({PARQUET})"
        )
    except duckdb.Error as error:
        raise Unreadable("damaged") from error
    return ReadFile("parquet", "", _file_hash(source), columns, finish(engine, target))


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind in {"DOUBLE", "FLOAT"}:
        # As a spreadsheet's numbers are written: 3, not 3.0.
        whole = f"{column} = trunc({column}) and abs({column}) < 1e15"
        column = f"case when {whole} then cast(cast({column} as bigint) as varchar) else cast({column} as varchar) end"
    if kind == "BOOLEAN":
        column = f"upper(cast({column} as varchar))"
    return f"cast({column} as varchar)"


def _file_hash(source: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
