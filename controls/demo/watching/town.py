"""A town's suppliers, their companies, agreements and a year's ledger, where nothing is wrong.

No ready rule has anything to tell of it: amounts are odd and lie near each supplier's own, days are working days, invoice
numbers have gaps, and who is bought from for much has an agreement. What differs from month to month is set by `faults`.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stdnum import luhn

from controls.demo.people import BOARD_OFFICE, CARE_OFFICE, SCHOOL_OFFICE
from controls.demo.populations import PLACES
from controls.demo.watching.names import Names
from controls.scheduling.working_days import is_working_day

SEED = "leverantörer och reskontra 2025"
SUPPLIERS, WITH_AGREEMENT, ASLEEP = 1_200, 430, 140
YEAR = 2025
MONTHS = (date(YEAR, 10, 31), date(YEAR, 11, 30), date(YEAR, 12, 31))
"""The days that the snapshots tell of."""
OFFICES = (BOARD_OFFICE, SCHOOL_OFFICE, CARE_OFFICE, "Samhällsbyggnadskontoret", "Kultur- och fritidsförvaltningen")


@dataclass(frozen=True, slots=True)
class Trade:
    """What a supplier sells: words in its name, industry (SNI 2007), accounts, who buys, and a usual invoice in kronor."""

    words: tuple[str, ...]
    industry: str
    accounts: tuple[tuple[str, str], ...]
    usual: int
    offices: tuple[int, ...] = (0, 1, 2, 3, 4)


TRADES = (
    Trade(("Bygg", "Byggservice", "Snickeri"), "41200", (("6170", "Reparation av fastighet"),), 18_000, (3, 1)),
    Trade(("El", "Eltjänst"), "43210", (("6172", "Elarbeten"),), 9_500, (3,)),
    Trade(("Rör", "VVS"), "43221", (("6173", "Rörarbeten"),), 8_800, (3,)),
    Trade(("Måleri", "Färg"), "43341", (("6174", "Måleri"),), 7_900, (3, 1)),
    Trade(("Städ", "Lokalvård"), "81210", (("6181", "Städning"), ("6460", "Städmaterial")), 6_400, (1, 2, 4)),
    Trade(("Livsmedel", "Grönsaker", "Bageri"), "46390", (("6410", "Livsmedel"), ("6415", "Matemballage")), 4_300, (1, 2)),
    Trade(("Åkeri", "Transport", "Buss"), "49410", (("6890", "Transporter"),), 7_200, (0, 1, 3)),
    Trade(("Data", "System", "IT"), "62020", (("6533", "Licenser"), ("6910", "Konsulter, IT")), 14_500, (0,)),
    Trade(("Konsult", "Utredning"), "70220", (("6920", "Konsulter, organisation"),), 16_500, (0, 3)),
    Trade(("Tryck", "Kontor", "Papper"), "47621", (("6430", "Kontorsmaterial"), ("6840", "Tryckning")), 1_900),
    Trade(("Trädgård", "Skog", "Mark"), "81300", (("6178", "Skötsel av mark"),), 9_100, (3, 4)),
    Trade(("Bok", "Läromedel"), "47610", (("6421", "Läromedel"),), 3_100, (1, 4)),
    Trade(("Omsorg", "Assistans"), "88101", (("4631", "Köp av hemtjänst"),), 27_000, (2,)),
    Trade(("Idrott", "Kultur", "Scen"), "93120", (("6860", "Evenemang"),), 4_900, (4, 1)),
)


@dataclass(slots=True)
class Supplier:
    """A supplier as the latest month's registers have it, and how it is bought from."""

    number: str
    name: str
    identity: str
    trade: Trade
    bankgiro: str
    street: str
    postcode: str
    city: str
    form: str
    registered: date
    invoices: int
    """Invoices in the year."""
    has_agreement: bool = False
    is_watched: bool = False
    is_blocked: bool = False
    slept_since: date | None = None
    f_tax: bool = True
    credit: dict[str, Any] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    """What differs in the companies' register: proceedings, deregistered …"""
    earlier: dict[date, dict[str, Any]] = field(default_factory=dict)
    """What differed in the registers of earlier months."""

    def on(self, month: date) -> Supplier:
        """Return it as the registers had it at the month's end."""
        changes = self.earlier.get(month, {})
        credit = {**self.credit, **changes.get("credit", {})}
        company = {**self.company, **changes.get("company", {})}
        plain = {name: value for name, value in changes.items() if name not in {"credit", "company"}}
        return replace(self, credit=credit, company=company, **plain)


@dataclass(frozen=True, slots=True)
class Line:
    """An accounting line of the ledger."""

    voucher: str
    supplier: str
    identity: str
    account: str
    account_name: str
    amount: Decimal
    day: date
    office: str
    invoice: str
    agreement: str = ""
    bankgiro: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A running agreement with a supplier."""

    number: str
    supplier: str
    identity: str
    area: str
    valid_from: date
    valid_to: date
    estimated: Decimal
    ceiling: Decimal
    option_until: date | None = None
    responsible: str = "Upphandlingschefen"


class Town:
    """The town, and the hand that makes it: each call to a maker is new, and follows from the seed."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)  # noqa: S311 - nothing is secret in the demonstration
        self.names = Names(self.chance)
        self.suppliers: list[Supplier] = []
        self.lines: list[Line] = []
        self.agreements: list[Agreement] = []
        self._vouchers = 0
        self._used: set[Decimal] = set()
        self._next: dict[str, int] = {}
        self._working = [day for day in _days() if is_working_day(day) and day.day > 1 and (day + timedelta(1)).day > 1]

    def settle(self, count: int = SUPPLIERS) -> None:
        """Make ordinary suppliers until there are `count`, with their agreements and their invoices of the year."""
        for place in range(len(self.suppliers), count):
            trade = TRADES[place % len(TRADES)]
            has_agreement = place % count < WITH_AGREEMENT
            asleep = place >= count - ASLEEP
            # Without an agreement so little is bought that no rule asks for one.
            most = max(2, min(30, 48_000 // trade.usual))
            invoices = 0 if asleep else self.chance.randrange(29, 60) if has_agreement else self.chance.randrange(1, most)
            self.supplier(trade, invoices=invoices, has_agreement=has_agreement, is_watched=has_agreement or place % 6 == 0)
            if asleep:
                since = date(2014, 1, 1) + timedelta(self.chance.randrange(3_000))
                self.suppliers[-1].slept_since = since

    def supplier(self, trade: Trade, *, name: str = "", invoices: int = 12, **given: Any) -> Supplier:
        """Make a supplier in order, with its invoices of the year and, if it has one, its agreement."""
        place = len(self.suppliers)
        identity = given.pop("identity", "") or self.organisation()
        if name:
            self.names.take(name)
        values: dict[str, Any] = {
            "bankgiro": self.bankgiro(),
            "street": f"{self.names.street()} {place % 97 + 1}",
            "postcode": f"{441 + place % 9} {10 + place % 80}",
            "city": PLACES[place % len(PLACES)],
            "form": "AB",
            "registered": date(1985, 1, 1) + timedelta(self.chance.randrange(13_500)),
        }
        made = Supplier(
            number=str(10_040 + 7 * place),
            name=name or self.names.company(trade.words),
            identity=identity,
            trade=trade,
            invoices=invoices,
            **{**values, **given},
        )
        rating = self.chance.choices(("AAA", "AA", "A", "B"), (30, 45, 22, 3))[0]
        made.credit = {
            "rating": rating,
            "remarks": 0,
            "remark_sum": Decimal(0),
            "debt": Decimal(0),
            "limit": self.chance.randrange(5, 400) * 10_000,
            "board": ", ".join(self.names.person() for _ in range(self.chance.randrange(1, 4))),
            "owner": self.names.person(),
            "auditor": self.names.person(),
        }
        made.credit["signatories"] = made.credit["board"].split(", ")[0]
        self.suppliers.append(made)
        if made.has_agreement:
            self.agreement(made)
        for _ in range(invoices):
            self.invoice(made)
        return made

    def agreement(self, supplier: Supplier, **given: Any) -> Agreement:
        """Make an agreement that covers the year and some time after it."""
        place = len(self.agreements)
        estimated = Decimal(supplier.trade.usual * max(supplier.invoices, 6)).quantize(Decimal(1_000))
        values: dict[str, Any] = {
            "number": f"AVT-{2021 + place % 4}-{100 + place}",
            "supplier": supplier.name,
            "identity": supplier.identity,
            "area": supplier.trade.accounts[0][1],
            "valid_from": date(2021 + place % 4, 1 + place % 12, 1),
            "valid_to": date(2026, 9, 30) + timedelta(30 * (place % 30)),
            "estimated": estimated * 2,
            "ceiling": estimated * 6,
        }
        made = Agreement(**{**values, **given})
        self.agreements.append(made)
        return made

    def invoice(self, supplier: Supplier, amount: Decimal | None = None, day: date | None = None, /, **given: Any) -> list[Line]:
        """Book an invoice over one to three accounting lines under a voucher of its own; return its lines."""
        amount = self.amount(supplier.trade.usual) if amount is None else amount
        parts = given.pop("parts", 0) or self.chance.choice((1, 2, 2, 3))
        self._vouchers += 1
        values: dict[str, Any] = {
            "voucher": f"L{YEAR}{self._vouchers:06}",
            "supplier": supplier.name,
            "identity": supplier.identity,
            "day": day or self.day(),
            "office": OFFICES[self.chance.choice(supplier.trade.offices)],
            "invoice": given.pop("invoice", "") or self.number(supplier),
            "bankgiro": supplier.bankgiro,
            **given,
        }
        shares = [(amount / parts).quantize(Decimal("0.01"))] * (parts - 1)
        made = []
        for place, share in enumerate([*shares, amount - sum(shares)]):
            account, account_name = supplier.trade.accounts[place % len(supplier.trade.accounts)]
            # Lines of one invoice differ in account: no row is the same as another.
            made.append(Line(account=str(int(account) + place), account_name=account_name, amount=share, **values))
        self.lines += made
        return made

    def amount(self, usual: int) -> Decimal:
        """Return an odd amount near the usual one that no invoice has, and not just under a limit."""
        while True:
            amount = Decimal(self.chance.randrange(usual * 60, usual * 160)) / 100
            if amount % 10 and amount not in self._used and not 88_000 < amount < 100_000:
                self._used.add(amount)
                return amount

    def number(self, supplier: Supplier) -> str:
        """Return the supplier's next invoice number: others buy from it, too, so that there are gaps."""
        number = self._next.get(supplier.number) or self.chance.randrange(10_000, 900_000)
        self._next[supplier.number] = number + self.chance.randrange(12, 90)
        return str(number)

    def day(self, first: date = date(YEAR, 1, 1), last: date = date(YEAR, 12, 31)) -> date:
        """Return a working day that is neither the first nor the last of its month."""
        low, high = bisect_right(self._working, first - timedelta(1)), bisect_right(self._working, last)
        return self._working[self.chance.randrange(low, high)]

    def organisation(self, first: str = "55") -> str:
        """Return an organisation number that no supplier has."""
        digits = f"{first}{self.chance.randrange(60, 95)}{10_000 + 31 * len(self.suppliers) + self.chance.randrange(31):05}"
        return digits + luhn.calc_check_digit(digits)

    def bankgiro(self) -> str:
        """Return a bankgiro number that no supplier has."""
        digits = f"{5_100_000 + 13 * len(self.suppliers) + self.chance.randrange(13)}"
        return digits + luhn.calc_check_digit(digits)

    def until(self, month: date) -> list[Line]:
        """Return the ledger as it was at the month's end, in the order of its vouchers' days."""
        return sorted((line for line in self.lines if line.day <= month), key=lambda line: (line.day, line.voucher))

    def last_purchases(self, lines: Sequence[Line]) -> dict[str, date]:
        """Return {organisation number: the latest day of its lines}."""
        found: dict[str, date] = {}
        for line in lines:
            found[line.identity] = max(line.day, found.get(line.identity, line.day))
        return found


def _days() -> Iterator[date]:
    day = date(YEAR, 1, 1)
    while day.year == YEAR:
        yield day
        day += timedelta(1)
