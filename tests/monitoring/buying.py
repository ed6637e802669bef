"""Faults of every kind in agreements, direct procurement and the ledger itself, with their traps."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.monitoring.municipality import TODAY, UNITS, Municipality, Row
from tests.monitoring.paying import MIDDLE


def plant(town: Municipality) -> None:
    """Plant every fault and trap of agreements, direct procurement and ledgers."""
    for part in (_agreements, _procurement, _ledger):
        part(town)


def _agreements(town: Municipality) -> None:
    outside = town.supplier(agreement=False, invoices=0)
    for unit, low in ((UNITS[0], 40_000), (UNITS[1], 20_000)):
        for month in (4, 6, 8):
            town.invoice(
                outside, town.amount(low, low + 4000), town.day(date(2025, month, 4), date(2025, month, 24)), unit_name=unit
            )
    town.tell("off_contract", outside["identity"])
    authority = town.supplier(identity=town.organisation("2"), agreement=False, invoices=0)
    town.invoice(authority, town.amount(140_000, 150_000), MIDDLE)
    named = town.supplier(agreement=False, invoices=0)
    town.invoice(named, town.amount(140_000, 150_000), MIDDLE, agreement="SKR 2020:1")

    for ended, option, is_told in (
        (date(2025, 3, 31), None, True),
        (date(2025, 3, 31), date(2026, 3, 31), False),
        (date(2025, 6, 10), None, False),
    ):
        bought = town.supplier(agreement=False, invoices=0)
        agreement = town.agreement(bought, valid_to=ended, option_until=option)
        lines = town.invoice(bought, town.amount(11_000, 14_000), MIDDLE)
        if is_told:
            town.tell("expired_agreement", bought["identity"], lines)
            town.invoice(bought, town.amount(11_000, 14_000), date(2025, 3, 12))
        assert agreement["valid_to"] == ended
    renewed = town.supplier(invoices=0)
    town.agreement(renewed, valid_to=date(2025, 3, 31))
    town.invoice(renewed, town.amount(11_000, 14_000), MIDDLE)

    high = town.supplier(agreement=False, invoices=0)
    town.agreement(high, ceiling=Decimal(60_000))
    for month in (3, 5, 7):
        town.invoice(high, town.amount(25_000, 29_000), town.day(date(2025, month, 4), date(2025, month, 24)))
    town.tell("above_ceiling", high["identity"])
    shared = town.supplier(agreement=False, invoices=0)
    for _ in range(2):
        town.agreement(shared, ceiling=Decimal(60_000))
    for month in (3, 5, 7):
        town.invoice(shared, town.amount(25_000, 29_000), town.day(date(2025, month, 4), date(2025, month, 24)))

    ending, followed, far = (town.supplier(agreement=False, invoices=0) for _ in range(3))
    town.agreement(ending, valid_to=TODAY + timedelta(90))
    town.tell("agreement_ends", ending["identity"])
    town.agreement(followed, valid_to=TODAY + timedelta(90))
    town.agreement(followed, valid_from=TODAY + timedelta(91))
    town.agreement(far, valid_to=TODAY + timedelta(300))


def _procurement(town: Municipality) -> None:
    def buy(total: int, months: tuple[tuple[int, int], ...], **given: Any) -> Row:
        supplier = town.supplier(agreement=False, invoices=0)
        for place, (year, month) in enumerate(months):
            part = Decimal(total) / len(months) + Decimal(place) + Decimal("0.37")
            day = town.day(date(year, month, 4), date(year, month, 24))
            town.invoice(supplier, part.quantize(Decimal("0.01")), day, unit_name=UNITS[place % 4], **given)
        return supplier

    year = tuple((2024, month) for month in range(1, 13))
    town.tell("direct_procurement_year", buy(750_000, year)["identity"])
    under = buy(660_000, year)
    town.tell("just_under_direct_procurement", under["identity"])
    small = buy(95_000, year)
    town.tell("just_under_documentation", small["identity"])
    buy(500_000, year)
    rolling = buy(800_000, ((2023, 9), (2023, 10), (2023, 11), (2024, 2), (2024, 3), (2024, 4)))
    town.tell("direct_procurement_rolling", rolling["identity"])
    buy(900_000, year, agreement="Avrop 7")


def _ledger(town: Municipality) -> None:
    supplier = town.supplier()
    wrong = town.organisation()
    wrong = f"{wrong[:6]}-{wrong[6:-1]}{(int(wrong[-1]) + 3) % 10}"
    town.invoice(supplier, town.amount(), MIDDLE, identity=None, supplier_id=wrong)
    town.tell("ledger_wrong_identity", wrong)
    town.invoice(supplier, town.amount(), MIDDLE, identity=None, supplier_id=str(town.serial()))
    nameless = town.name()
    town.invoice(supplier, town.amount(), MIDDLE, identity=None, supplier_id=None, supplier_name=nameless)
    town.tell("ledger_no_identity", nameless)
    unnumbered, undated, coming, empty, repeated = (town.supplier() for _ in range(5))
    town.invoice(unnumbered, town.amount(), MIDDLE, invoice="-")
    town.tell("ledger_no_invoice", unnumbered["identity"])
    town.invoice(undated, town.amount(), None)
    town.tell("ledger_no_day", undated["identity"])
    town.invoice(coming, town.amount(), date(2062, 3, 7))
    town.tell("ledger_future_day", coming["identity"])
    town.invoice(empty, Decimal(0), MIDDLE, 1)
    town.tell("ledger_no_amount", empty["identity"])
    total = {"supplier_name": "Summa", "supplier_id": f"{town.serial()} rader", "invoice": "X", "voucher": "X"}
    town.add("ledger", total | {"amount": Decimal(9_999_999), "day": MIDDLE})
    town.tell("ledger_totals", total["supplier_id"])
    lines = town.invoice(repeated, town.amount(), MIDDLE, 1)
    town.add("ledger", dict(lines[0]))
    town.tell("ledger_duplicate_rows", repeated["identity"])
