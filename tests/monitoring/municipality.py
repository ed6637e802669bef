"""A made municipality: ordinary suppliers, their companies, agreements and a ledger, where nothing is wrong.

Faults and traps are planted in it by `planting`; what a rule must tell of them is kept in `truth`. Everything follows from
the seed. Ordinary invoices are small, of odd amounts, dated on working days, with numbers that have gaps, and covered by an
agreement: no rule has anything to tell of them.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from stdnum import luhn

from controls.data_files.engine import Engine, literal
from controls.monitoring.kinds import KINDS, FieldType
from controls.monitoring.rules.rule import kind_of
from controls.scheduling.working_days import is_working_day

TODAY = date(2026, 1, 15)
UNITS = ("Barn- och utbildning", "Vård och omsorg", "Samhällsbyggnad", "Kultur och fritid")
_BRANCHES = ("Bygg", "El", "Städ", "Kök", "Data", "Växt")
_FORMS = ("AB", "Aktiebolag", "HB", "i Lillköping AB")
_TYPES = {
    FieldType.AMOUNT: "decimal(18, 4)",
    FieldType.DAY: "date",
    FieldType.FLAG: "boolean",
    FieldType.NUMBER: "bigint",
}
Row = dict[str, Any]


@dataclass
class Planted:
    """What one hit must be: its subject and, where the rule is of invoices, the ledger's rows."""

    rule: str
    subject: str
    lines: tuple[Row, ...] = ()


@dataclass
class Municipality:
    """The tables by view (`suppliers`, `suppliers_before`, …) and what each rule must tell.

    After each `begin` with a seed follows a town of its own; all towns lie in the same tables, which costs less than to run
    the rules on each.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    truth: list[Planted] = field(default_factory=list)
    seed: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def begin(self, seed: int) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        self._serial = 1000 + 10_000 * seed
        self._used: set[Any] = set()

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def word(self, syllables: int = 5) -> str:
        """Return a made word unlike all others."""
        return "".join(self.chance.choice("bdfghjklmnprstv") + self.chance.choice("aeiouyåäö") for _ in range(syllables)).title()

    def name(self) -> str:
        return f"{self.word(6)} {self.chance.choice(_BRANCHES)} {self.chance.choice(_FORMS)}"

    def organisation(self, first: str = "5") -> str:
        digits = f"{first}{self.chance.randrange(2, 10):02d}{self.serial():06d}"
        return digits + luhn.calc_check_digit(digits)

    def person(self) -> str:
        born = date(1950, 1, 1) + timedelta(self.chance.randrange(18000))
        digits = f"{born:%y%m%d}{self.chance.randrange(100, 1000)}"
        return f"{born:%Y}"[:2] + digits + luhn.calc_check_digit(digits)

    def day(self, first: date = date(2025, 2, 1), last: date = date(2025, 11, 30)) -> date:
        """Return a working day that is neither the first nor the last of its month."""
        while True:
            day = first + timedelta(self.chance.randrange((last - first).days + 1))
            if is_working_day(day) and day.day > 1 and (day + timedelta(1)).day > 1:
                return day

    def amount(self, low: int = 1100, high: int = 8900) -> Decimal:
        """Return an odd amount that no other invoice has."""
        while True:
            amount = Decimal(self.chance.randrange(low * 100, high * 100)) / 100
            if amount % 10 and amount not in self._used:
                self._used.add(amount)
                return amount

    def number(self) -> str:
        """Return an invoice number far from every other."""
        while True:
            number = self.chance.randrange(1_000_000, 9_000_000)
            if not any(number + step in self._used for step in range(-30, 31)):
                self._used.add(number)
                return f"F{number}"

    def add(self, alias: str, row: Row) -> Row:
        self.tables.setdefault(alias, []).append(row)
        return row

    def both(self, kind: str, row: Row) -> tuple[Row, Row]:
        """Add the row to both snapshots; return the latest and the earlier one, to be changed."""
        return self.add(kind, dict(row)), self.add(f"{kind}_before", dict(row))

    def supplier(self, *, agreement: bool = True, invoices: int = 3, **given: Any) -> Row:
        """Add a supplier in order, with its company, its watched record and, unless told not to, an agreement."""
        identity = given.pop("identity", "") or self.organisation()
        name = given.pop("name", "") or self.name()
        number = self.serial()
        street = f"{self.word(3)}gatan {number}"
        row = {
            "supplier_number": str(number),
            "name": name,
            "identity": identity,
            "bankgiro": str(50000000 + number),
            "street": street,
            "postcode": "123 45",
            "city": "Lillköping",
            "last_purchase": date(2025, 12, 1),
            "f_tax": True,
            "is_blocked": False,
            **given,
        }
        self.both("suppliers", row)
        company = {"identity": identity, "name_number": "1", "name": name, "form": "AB", "registered": date(2001, 5, 7)}
        self.both("companies", company | {"street": street, "postcode": "12345", "city": "LILLKÖPING", "industry": "43220"})
        people = {"board": "Bo Ek, Siv Al", "signatories": "Bo Ek", "owner": "Siv Al", "auditor": "Ulf Lind"}
        standing = {"rating": "AA", "remarks": 0, "debt": Decimal(0), "remark_sum": Decimal(0)}
        registered = {"f_tax": True, "vat_registered": True, "employer_registered": True}
        self.both("watched", {"identity": identity, "name": name, **people, **standing, **registered})
        if agreement:
            self.agreement(row)
        for _ in range(invoices):
            self.invoice(row, self.amount(), self.day())
        return row

    def agreement(self, supplier: Row, **given: Any) -> Row:
        row = {
            "agreement_number": f"A{self.serial()}",
            "supplier_name": supplier["name"],
            "identity": supplier["identity"],
            "area": "Underhåll",
            "valid_from": date(2023, 1, 1),
            "valid_to": date(2027, 12, 31),
            "ceiling": Decimal(9_000_000),
            "estimated_value": Decimal(400_000),
            "responsible": "Inköp",
        }
        return self.add("agreements", row | given)

    def invoice(self, supplier: Row, amount: Decimal, day: date | None, parts: int = 0, **given: Any) -> list[Row]:
        """Add an invoice with a voucher of its own, over one or several accounting lines; return them."""
        parts = parts or self.chance.choice((1, 1, 2, 3))
        shares = [(amount / parts).quantize(Decimal("0.01"))] * (parts - 1)
        line = {
            "buyer_identity": "2120001397",
            "buyer": "Lillköpings kommun",
            "voucher": f"V{self.serial()}",
            "supplier_name": supplier["name"],
            "supplier_id": supplier["identity"],
            "identity": supplier["identity"],
            "invoice": self.number(),
            "day": day,
            "unit_name": UNITS[0],
            **given,
        }
        lines = []
        for place, share in enumerate([*shares, amount - sum(shares)]):
            lines.append(self.add("ledger", {**line, "account": str(5010 + 10 * place), "amount": share}))
        return lines

    def tell(self, rules: str | Iterable[str], subject: str, *lines: list[Row]) -> None:
        for rule in rules.split() if isinstance(rules, str) else rules:
            self.truth.append(Planted(rule, subject, tuple(row for part in lines for row in part)))

    def store(self, engine: Engine, folder: Path) -> dict[str, Path]:
        """Write the tables as stored snapshots are; the ledger's rows in the order of their days."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tables["ledger"].sort(key=lambda row: (row["day"] or TODAY, row["voucher"]))
        return {alias: _store(engine, alias, rows, folder) for alias, rows in self.tables.items()}

    def expected(self, rule: str, *, with_rows: bool) -> Counter[tuple[str, tuple[int, ...]]]:
        """Return what the rule must tell: subjects, with the ledger's rows if asked for. After `store`."""
        return Counter(
            (planted.subject, tuple(sorted(line["row"] for line in planted.lines)) if with_rows else ())
            for planted in self.truth
            if planted.rule == rule
        )


def _store(engine: Engine, alias: str, rows: list[Row], folder: Path) -> Path:
    kind = KINDS[kind_of(alias)]
    types = {"row": "bigint"} | {each.code: _TYPES.get(each.type, "varchar") for each in kind.fields}
    if "identity" in types:
        types |= {"identity_is_valid": "boolean", "identity_is_person": "boolean"}
    for place, row in enumerate(rows, start=2):
        row["row"] = place
        if identity := row.get("identity"):
            row["identity_is_valid"] = luhn.is_valid(identity[-10:])
            row["identity_is_person"] = len(identity) == 12
    path, text = folder / f"{alias}.parquet", folder / f"{alias}.csv"
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([row.get(code) for code in types] for row in rows)
    columns = ", ".join(f"{literal(code)}: {literal(of)}" for code, of in types.items())
    engine.rows(
        f"copy (select * from read_csv({literal(str(text))}, header = false, auto_detect = false, columns = {{{columns}}})) "
        f"to {literal(str(path))} (format parquet)"
    )
    return path
