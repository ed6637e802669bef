"""The demonstration's populations: realistic, invented, and the same at every load (a seeded generator makes them)."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COMPANIES = ("Bygg", "El", "Rör", "Städ", "Transport", "Måleri", "IT", "Livsmedel", "Skog", "Vård", "Trädgård", "Konsult")
PLACES = ("Alingsås", "Borås", "Lerum", "Vårgårda", "Göteborg", "Herrljunga", "Partille", "Trollhättan", "Sollebrunn", "Ingared")
FIRST = ("Anna", "Erik", "Maria", "Lars", "Karin", "Anders", "Sara", "Johan", "Emma", "Per", "Ida", "Olle", "Elin", "Nils", "Åsa")
LAST = ("Andersson", "Berg", "Carlsson", "Dahl", "Ek", "Falk", "Gran", "Holm", "Ivarsson", "Jonsson", "Krook", "Lind", "Öberg")
UNITS = ("Skola", "Förskola", "Äldreomsorg", "Funktionsstöd", "Teknik", "Kultur", "Administration")


@dataclass(frozen=True, slots=True)
class Made:
    """A generated file: its file name and content, its title, and its stated source."""

    filename: str
    content: bytes
    name: str
    source_system: str


def suppliers() -> Made:
    """Generate the suppliers with running agreements."""
    chance = random.Random("leverantörer 2025")  # noqa: S311 - nothing is secret in the demonstration
    rows = []
    for i in range(412):
        number = f"556{chance.randrange(100, 999)}-{1000 + i * 7:04}"
        company = f"{chance.choice(PLACES)} {chance.choice(COMPANIES)} AB"
        rating = chance.choices(("AAA", "AA", "A", "B"), (30, 45, 22, 3))[0]
        rows.append((number, company, f"AVT-{2019 + i % 7}-{100 + i}", _kr(chance.lognormvariate(12.4, 1.1)), rating, "Ja"))
    headings = ("Organisationsnummer", "Leverantör", "Avtal", "Årsvärde", "Skuldrating", "F-skatt")
    return Made(
        "leverantorer-2025-08.csv",
        _csv(headings, rows),
        "Leverantörer i löpande avtal",
        "Avtalsdatabasen, rapport ”Löpande avtal” 2025-08-29",
    )


def operations() -> Made:
    """Generate the municipality's operations with their continuity plans."""
    chance = random.Random("verksamheter 2025")  # noqa: S311
    kinds = ("Förskolan", "Skolan", "Äldreboendet", "Gruppboendet", "Vattenverket", "Köket", "Hemtjänsten")
    rows = []
    for i in range(86):
        name = f"{kinds[i % 7]} {chance.choice(PLACES)} {i // 7 + 1}"
        rows.append(
            (f"V{i + 1:03}", name, UNITS[i % 7], chance.choice(("1", "2", "3")), "Ja" if chance.random() < 0.94 else "Nej")
        )
    headings = ("Verksamhetsnr", "Verksamhet", "Område", "Prioritet el", "Reservkraft")
    return Made(
        "verksamheter-kontinuitet.csv",
        _csv(headings, rows),
        "Verksamheter som ska ha kontinuitetsplan för el",
        "Verksamhetsregistret, uttag 2025-08-27",
    )


def attestations() -> Made:
    """Generate the payroll attestations of five months."""
    chance = random.Random("löneattester 2025")  # noqa: S311
    people = [(f"{20000 + i}", f"{chance.choice(FIRST)} {chance.choice(LAST)}", UNITS[i % 7]) for i in range(940)]
    rows = []
    for month in range(7, 12):
        for number, name, unit in people:
            day = chance.choices((18, 20, 22, 24, 27), (20, 35, 30, 13, 2))[0]
            rows.append((number, f"2025-{month:02}", name, unit, f"2025-{month:02}-{day:02}", _kr(chance.gauss(34_500, 6_800))))
    headings = ("Anställningsnr", "Månad", "Namn", "Verksamhet", "Attesterad", "Bruttolön")
    return Made(
        "loneattester-2025-07-11.csv",
        _csv(headings, rows),
        "Löneattester juli–november",
        "Personalsystemet, attestlogg, uttag 2025-12-15",
    )


def procurements() -> Made:
    """Generate the year's purchases."""
    chance = random.Random("inköp 2025")  # noqa: S311
    rows = []
    for i in range(680):
        amount = chance.lognormvariate(10.6, 1.35)
        supplier = f"{chance.choice(PLACES)} {chance.choice(COMPANIES)} AB"
        agreement = f"RAM-{chance.randrange(10, 60)}" if chance.random() < 0.8 else ""
        rows.append(
            (
                f"INK-2025-{i + 1:04}",
                supplier,
                chance.choice(UNITS),
                agreement,
                f"2025-{1 + i % 11:02}-{1 + i % 28:02}",
                _kr(amount),
            )
        )
    for i in range(9):
        supplier, month = f"{chance.choice(PLACES)} {chance.choice(COMPANIES)} AB", 1 + i
        credited = "-" + _kr(chance.uniform(400, 9_000))
        rows.append((f"KRED-2025-{month:03}", supplier, chance.choice(UNITS), "", f"2025-{month:02}-15", credited))
    headings = ("Inköpsnr", "Leverantör", "Verksamhet", "Ramavtal", "Datum", "Belopp")
    return Made(
        "inkop-2025.csv",
        _csv(headings, rows),
        "Inköp och upphandlingar januari–november",
        "Ekonomisystemet, inköpsreskontra, uttag 2026-01-05",
    )


def compensations() -> Made:
    """Generate the compensations of elected representatives."""
    chance = random.Random("förtroendevalda 2025")  # noqa: S311
    rows = []
    for i in range(47):
        income = round(chance.gauss(452_000, 96_000), -2)
        claimed = income / 1_720 * chance.randrange(6, 60)
        rows.append(
            (
                f"FV{i + 1:03}",
                f"{chance.choice(FIRST)} {chance.choice(LAST)}",
                f"{income:.0f}",
                f"{claimed:.2f}".replace(".", ","),
            )
        )
    headings = ("Förtroendevald", "Namn", "Underlag årsinkomst", "Begärd ersättning")
    return Made(
        "fortroendevalda-2025.csv",
        _csv(headings, rows),
        "Förtroendevalda som begärt ersättning 2025",
        "Arvodessystemet, lista ”Förlorad arbetsinkomst” 2026-01-05",
    )


def _kr(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")
