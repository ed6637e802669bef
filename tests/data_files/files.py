"""Population files as people export them, and their way into a stored population."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from controls.data_files import reading
from controls.data_files import table as population
from controls.data_files.engine import Engine
from controls.data_files.table import CheckResult, Choice, Table
from controls.data_files.text import ReadFile

HEADINGS = ("Faktura", "Leverantör", "Belopp", "Konto")


def invoices(count: int, start: int = 1) -> list[tuple[str, str, str, str]]:
    return [
        (f"F{i:06}", f"Leverantör {i % 7}", f"{(i * 37) % 1000},{i % 100:02}", str(4000 + i % 5))
        for i in range(start, start + count)
    ]


def csv_bytes(
    rows: Iterable[Sequence[str]], headings: Sequence[str] = HEADINGS, *, delimiter: str = ";", encoding: str = "utf-8"
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_bytes(
    rows: Iterable[Sequence[Any]], headings: Sequence[str] = HEADINGS, *, above: Sequence[Sequence[Any]] = ()
) -> bytes:
    import openpyxl

    book: Any = openpyxl.Workbook()
    for row in (*above, headings, *rows):
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Stored:
    """A file that was read in, with an engine to ask it."""

    def __init__(self, folder: Path, content: bytes, name: str, *, sheet: str = "") -> None:
        self.folder = folder
        source = folder / "incoming"
        source.write_bytes(content)
        self.path = folder / "stored.parquet"
        self.engine = Engine(folder)
        self.read: ReadFile = reading.read(self.engine, source, name, self.path, sheet=sheet)

    @property
    def columns(self) -> list[str]:
        return self.read.columns

    def check(self, *key: str, amount: str = "", stratum: str = "") -> CheckResult:
        return population.check(self.engine, self.path, self.columns, Choice(key, amount, stratum))

    def table(self, *key: str, amount: str = "", stratum: str = "") -> Table:
        return Table(self.path, self.columns, Choice(key, amount, stratum))

    def rows(self) -> list[tuple[str, ...]]:
        cells = ", ".join(f"c{i}" for i in range(len(self.columns)))
        return self.engine.rows(f"select {cells} from read_parquet('{self.path}') order by row")

    def numbers(self) -> list[int]:
        return [row for (row,) in self.engine.rows(f"select row from read_parquet('{self.path}') order by row")]

    def sha256(self, *key: str) -> str:
        return population.content_sha256(self.engine, self.path, self.columns, key)
