"""Faults of every kind in payments, with their traps."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.monitoring.municipality import UNITS, Municipality, Row

MIDDLE = date(2025, 6, 18)
"""A Wednesday."""


def plant(town: Municipality) -> None:
    """Plant every fault and trap of payments."""
    for part in (_doubles, _netted, _not_doubles, _patterns, _accounts):
        part(town)


def _again(town: Municipality, supplier: Row, days: int, *, more: int = 0, **given: Any) -> tuple[list[Row], list[Row]]:
    amount, first = town.amount(), town.day(date(2025, 3, 3), date(2025, 6, 18))
    number = town.number()
    second = town.day(first + timedelta(days), first + timedelta(days + 5)) if days else first
    return (
        town.invoice(supplier, amount, first, invoice=number),
        town.invoice(supplier, amount + more, second, **{"invoice": number, **given}),
    )


def _doubles(town: Municipality) -> None:
    for rule, days, more in (("same_day", 0, 0), ("other_day", 1, 0), ("other_day", 50, 0), ("reminder", 12, 180)):
        supplier = town.supplier()
        town.tell(f"double_{rule}", supplier["identity"], *_again(town, supplier, days, more=more))
    for first, second in (("10O42", "10042"), ("0077-31", "77 31"), ("ab 901", "AB901")):
        supplier = town.supplier()
        amount = town.amount()
        lines = town.invoice(supplier, amount, MIDDLE, invoice=first)
        town.tell(
            "double_other_form", supplier["identity"], lines, town.invoice(supplier, amount, date(2025, 7, 9), invoice=second)
        )
    paper = town.supplier()
    amount = town.amount()
    lines = town.invoice(paper, amount, MIDDLE)
    town.tell("double_other_number", paper["identity"], lines, town.invoice(paper, amount, MIDDLE))
    numbered = town.supplier()
    other, _ = town.both("suppliers", numbered | {"supplier_number": str(town.serial())})
    town.tell("duplicate_identity", numbered["identity"])
    amount, number = town.amount(), town.number()
    pair = [
        town.invoice(numbered, amount, day, invoice=number, supplier_id=by["supplier_number"], identity=None)
        for by, day in ((numbered, MIDDLE), (other, date(2025, 7, 2)))
    ]
    town.tell("double_other_supplier", numbered["identity"], *pair)
    town.invoice(numbered, town.amount(), MIDDLE, supplier_id=numbered["supplier_number"], identity=None)
    town.invoice(other, town.amount(), MIDDLE, supplier_id=other["supplier_number"], identity=None)


def _netted(town: Municipality) -> None:
    """What was paid twice and is put right already; at the end, what is put right only in part."""
    later = date(2025, 8, 20)
    by_note = town.supplier()
    lines, _second = _again(town, by_note, 5)
    amount = sum((line["amount"] for line in lines), Decimal(0))
    town.invoice(by_note, -amount, later)
    by_number = town.supplier()
    lines, _second = _again(town, by_number, 0)
    amount = sum((line["amount"] for line in lines), Decimal(0))
    town.invoice(by_number, -amount, later, invoice=lines[0]["invoice"])
    in_parts = town.supplier()
    lines, _second = _again(town, in_parts, 9)
    amount = sum((line["amount"] for line in lines), Decimal(0))
    town.invoice(in_parts, -(amount - 400), later)
    town.invoice(in_parts, Decimal(-400), later + timedelta(1))
    fee = town.supplier()
    lines, _second = _again(town, fee, 14, more=60)
    amount = sum((line["amount"] for line in lines), Decimal(0))
    town.invoice(fee, -amount, later, invoice=lines[0]["invoice"])
    pair = town.supplier()
    amount = town.amount()
    first = town.invoice(pair, amount, MIDDLE)
    town.invoice(pair, amount, MIDDLE)
    town.invoice(pair, -amount, later, invoice=first[0]["invoice"])
    rebooked = town.supplier()
    amount, number = town.amount(), town.number()
    for sign, days in ((1, 0), (-1, 7), (1, 7)):
        town.invoice(rebooked, sign * amount, MIDDLE + timedelta(days), 1, invoice=number)
    moved = town.supplier()
    lines = town.invoice(moved, town.amount(), MIDDLE, 1)
    correction: dict[str, Any] = {"invoice": lines[0]["invoice"], "voucher": f"V{town.serial()}"}
    for sign in (1, -1):
        town.invoice(moved, sign * lines[0]["amount"], MIDDLE + timedelta(6), 1, **correction)
        town.tables["ledger"][-1]["account"] = "7010" if sign == 1 else "5010"
    thrice = town.supplier()
    amount, number = town.amount(), town.number()
    paid = [town.invoice(thrice, amount, MIDDLE + timedelta(days), invoice=number) for days in (0, 7, 14)]
    town.invoice(thrice, -amount, later)
    town.tell("double_other_day", thrice["identity"], paid[0], paid[1])
    # An earlier credit note has nothing to do with what is paid twice after it.
    early = town.supplier()
    lines, second = _again(town, early, 5)
    town.invoice(early, -sum((line["amount"] for line in lines), Decimal(0)), date(2025, 2, 12))
    town.tell("double_other_day", early["identity"], lines, second)
    others = town.supplier()
    pair_of_lines = _again(town, others, 5)
    town.invoice(others, -town.amount(), later)
    town.tell("double_other_day", others["identity"], *pair_of_lines)


def _not_doubles(town: Municipality) -> None:
    town.invoice(town.supplier(), 4 * town.amount(), MIDDLE, 4)
    rent, referred = town.supplier(), town.supplier()
    for month in range(1, 13):
        day = town.day(date(2025, month, 11), date(2025, month, 24))
        town.invoice(rent, Decimal(60_000), day)
        town.invoice(referred, Decimal("4311.50"), day, invoice="HYRA 12")
    late = town.supplier()
    amount, number = town.amount(), town.number()
    town.invoice(late, amount, date(2025, 2, 12), invoice=number)
    town.invoice(late, amount, date(2025, 9, 10), invoice=number)
    phones = town.supplier()
    for month in range(3, 10):
        amount, day = town.amount(), town.day(date(2025, month, 4), date(2025, month, 24))
        town.invoice(phones, amount, day)
        town.invoice(phones, amount, day)
    schools = town.supplier()
    amount = town.amount()
    town.invoice(schools, amount, MIDDLE)
    town.invoice(schools, amount, MIDDLE, unit_name=UNITS[1])
    neighbours = town.supplier()
    amount = town.amount()
    town.invoice(neighbours, amount, MIDDLE, invoice="88101")
    town.invoice(neighbours, amount, MIDDLE, invoice="88102")
    masked: dict[str, Any] = {"supplier_name": f"[innehåller personuppgifter {town.seed}]", "supplier_id": None, "identity": None}
    town.tell("ledger_masked", masked["supplier_name"])
    for _ in range(2):
        town.invoice(rent, Decimal("1500.50"), MIDDLE, invoice="4711", **masked)


def _patterns(town: Municipality) -> None:
    split = town.supplier(invoices=0)
    parts = [
        town.invoice(split, town.amount(91_000, 99_000), day) for day in (date(2025, 5, 6), date(2025, 5, 9), date(2025, 5, 14))
    ]
    town.tell("split_purchases", split["identity"], *parts)
    monthly = town.supplier(invoices=0)
    for day in (date(2025, 4, 8), date(2025, 5, 8), date(2025, 6, 10)):
        town.invoice(monthly, town.amount(91_000, 99_000), day)
    returned = town.supplier(invoices=0)
    amount = town.amount(91_000, 99_000)
    town.invoice(returned, amount, date(2025, 5, 6))
    town.invoice(returned, town.amount(91_000, 99_000), date(2025, 5, 8))
    town.invoice(returned, -amount, date(2025, 5, 20))

    even = town.supplier(invoices=0)
    town.tell("round_sums", even["identity"], town.invoice(even, Decimal(70_000), MIDDLE))
    town.invoice(even, Decimal(80_000), date(2025, 9, 3))
    town.invoice(even, Decimal(-80_000), date(2025, 9, 10))
    town.invoice(even, Decimal(30_000), date(2025, 10, 8))

    off = town.supplier(invoices=0)
    # A Saturday, Good Friday, Ascension Day, and Midsummer Eve by agreement.
    for day in (date(2025, 3, 8), date(2025, 4, 18), date(2025, 5, 29), date(2025, 6, 20)):
        town.tell("days_off", off["identity"], town.invoice(off, town.amount(11_000, 14_000), day))
    for day in (date(2025, 6, 1), date(2025, 8, 31), date(2025, 1, 7)):
        town.invoice(off, town.amount(11_000, 14_000), day)
    town.invoice(off, town.amount(), date(2025, 3, 9))

    only = town.supplier(invoices=0)
    lines = [
        town.invoice(
            only, town.amount(), town.day(date(2025, 1 + month, 4), date(2025, 1 + month, 24)), invoice=f"2025-{101 + month}"
        )
        for month in range(8)
    ]
    town.tell("consecutive_numbers", only["identity"], *lines)
    framework = town.supplier(invoices=0)
    for month in range(2, 8):
        for place in range(3):
            day = town.day(date(2025, month, 4), date(2025, month, 24))
            town.invoice(framework, town.amount(), day, invoice=str(31_000 + 57 * month + place))
    brief = town.supplier(invoices=0)
    for place in range(8):
        town.invoice(brief, town.amount(), MIDDLE + timedelta(place % 2), invoice=str(90_300 + place))

    usual = town.supplier(invoices=12)
    town.tell("deviating_amount", usual["identity"], town.invoice(usual, town.amount(41_000, 49_000), town.day()))
    short = town.supplier(invoices=4)
    town.invoice(short, town.amount(41_000, 49_000), town.day())
    uneven = town.supplier(invoices=0)
    for place in range(12):
        town.invoice(uneven, town.amount(21_000 + 2000 * place, 23_000 + 2000 * place), town.day())
    put_right = town.supplier(invoices=12)
    amount = town.amount(41_000, 49_000)
    town.invoice(put_right, amount, MIDDLE)
    town.invoice(put_right, -amount, date(2025, 7, 9))


def _accounts(town: Municipality) -> None:
    owner, payee = town.supplier(), town.supplier()
    lines = town.invoice(payee, town.amount(), MIDDLE, payee_account=owner["bankgiro"])
    town.tell("account_of_another", payee["identity"], lines)
    town.invoice(payee, town.amount(), MIDDLE, payee_account=payee["bankgiro"])
    town.invoice(town.supplier(bankgiro="55555555"), town.amount(), MIDDLE, payee_account="55555555")

    settled = town.supplier(invoices=0)
    for month in range(2, 8):
        town.invoice(settled, town.amount(), date(2025, month, 12), payee_account=settled["bankgiro"])
    lines = town.invoice(settled, town.amount(11_000, 14_000), date(2025, 9, 10), payee_account="57770001")
    town.tell("account_deviates", settled["identity"], lines)
    town.invoice(settled, town.amount(11_000, 14_000), date(2025, 10, 8), payee_account="57770001")
    fresh = town.supplier(invoices=0)
    town.invoice(fresh, town.amount(), date(2025, 2, 12), payee_account=fresh["bankgiro"])
    town.invoice(fresh, town.amount(11_000, 14_000), date(2025, 9, 10), payee_account="57770002")

    for days, is_told in ((9, True), (90, False)):
        changed = town.supplier(invoices=0)
        for account, since in ((changed["bankgiro"], date(2019, 1, 1)), (f"5888000{days}", MIDDLE - timedelta(days))):
            row = {"supplier_number": changed["supplier_number"], "identity": changed["identity"]}
            town.add("bank_accounts", row | {"account": account, "valid_from": since})
        lines = town.invoice(changed, town.amount(11_000, 14_000), MIDDLE)
        if is_told:
            town.tell("account_changed_before_payment", changed["identity"], lines)
    first = town.supplier(invoices=0)
    row = {"supplier_number": first["supplier_number"], "identity": first["identity"], "account": first["bankgiro"]}
    town.add("bank_accounts", row | {"valid_from": MIDDLE - timedelta(3)})
    town.invoice(first, town.amount(11_000, 14_000), MIDDLE)
