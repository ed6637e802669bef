"""Supplier ledgers in the shapes that Swedish authorities publish: the same lines, made up from a seed."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

SUPPLIERS = [
    ("Bygg ”Träd” AB", "5561860916"),
    ('Städ "Glans" AB', "5560166133"),
    ("Snö & Mark i Norr AB", "5563909968"),
    ("Äldreboende, Söder AB", "5565260188"),
    ("Åvarvet", "5560308248"),
]


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    supplier: str
    identity: str
    amount: Decimal
    day: date


def lines(count: int, seed: int = 12) -> list[Line]:
    chance = random.Random(seed)
    made = []
    for i in range(count):
        supplier, identity = chance.choice(SUPPLIERS)
        amount = Decimal(chance.randrange(-200_000, 9_000_000)) / 100
        made.append(Line(str(3921217000 + i), supplier, identity, amount, date(2026, 1, 1) + timedelta(chance.randrange(300))))
    return made


def total(made: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in made), Decimal())


def _text(rows: Sequence[Sequence[str]], *, delimiter: str, end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def bare_carriage_returns(made: Sequence[Line]) -> bytes:
    """Semicolons, decimal point, UTF-8, lines that end with CR alone."""
    rows = [["kopare_id", "verifikationsnummer", "leverantor", "bokforingsdatum", "fakturanummer", "nettobelopp"]]
    rows += [["2321000131", line.number, line.supplier, line.day.isoformat(), "-", str(line.amount)] for line in made]
    return _text(rows, delimiter=";", end="\r").encode()


def utf_16(made: Sequence[Line], encoding: str = "utf-16-le") -> bytes:
    """Commas, decimal comma in quotes, UTF-16 with a byte order mark."""
    rows = [["kopare_id", "verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum"]]
    for line in made:
        amount = str(line.amount).replace(".", ",")
        rows.append(["212000-1355", line.number, line.supplier, line.identity, amount, line.day.isoformat()])
    return ("\ufeff" + _text(rows, delimiter=",", end="\r\n")).encode(encoding)


def windows_1252(made: Sequence[Line], delimiter: str = ";") -> bytes:
    """Decimal comma, thousands apart by blanks, Windows' letters."""
    rows = [["Leverantör", "Org.nr", "Belopp exkl. moms", "Fakturadatum", "Verifikat"]]
    for line in made:
        amount = f"{line.amount:,}".replace(",", " ").replace(".", ",")
        rows.append([line.supplier, f"{line.identity[:6]}-{line.identity[6:]}", amount, line.day.isoformat(), line.number])
    return _text(rows, delimiter=delimiter, end="\r\n").encode("cp1252")


def json_with_a_mark_in_the_key(made: Sequence[Line]) -> bytes:
    """An answer of an API: the list in an object, a byte order mark inside the first key of each record."""
    records = [
        {
            "\ufeffkopare_id": "2120002080",
            "verifikationsnummer": line.number,
            "leverantor": line.supplier,
            "belopp": str(line.amount),
            "datum": line.day.isoformat(),
        }
        for line in made
    ]
    return json.dumps({"results": records, "next": None}, ensure_ascii=False).encode()
