"""Faults of every kind in what suppliers are, in systems and in operations, with their traps.

Each function plants faults that a rule must tell (`town.tell`) and, beside them, what looks like it and is in order.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tests.monitoring.municipality import TODAY, Municipality, Row


def plant(town: Municipality) -> None:
    """Plant every fault and trap of suppliers, systems and operations, among suppliers in order."""
    for _ in range(12):
        town.supplier()
    for part in (_identities, _names, _addresses, _accounts, _companies, _credit, _systems, _operations):
        part(town)


def _latest(town: Municipality, kind: str, supplier: Row) -> Row:
    return next(row for row in reversed(town.tables[kind]) if row["identity"] == supplier["identity"])


def _change(town: Municipality, kind: str, supplier: Row, **changes: object) -> None:
    """Change what the latest snapshot says of the supplier."""
    _latest(town, kind, supplier).update(changes)


def _was(town: Municipality, kind: str, supplier: Row, **changes: object) -> None:
    """Change what the snapshot before said of the supplier."""
    _latest(town, f"{kind}_before", supplier).update(changes)


def _identities(town: Municipality) -> None:
    nameless, _ = town.both("suppliers", {"supplier_number": str(town.serial()), "name": town.name()})
    town.tell("identity_missing", nameless["supplier_number"])
    good = town.organisation()
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    wrong, _ = town.both("suppliers", {"supplier_number": str(town.serial()), "name": town.name(), "identity": bad})
    town.tell("identity_invalid", wrong["supplier_number"])
    town.both("suppliers", wrong | {"supplier_number": str(town.serial()), "name": town.name(), "is_blocked": True})
    person = town.supplier(identity=town.person())
    town.tell("identity_of_person", person["supplier_number"])
    twice = town.supplier()
    town.both("suppliers", twice | {"supplier_number": str(town.serial())})
    town.tell("duplicate_identity", twice["identity"])
    once = town.supplier()
    town.both("suppliers", once | {"supplier_number": str(town.serial()), "is_blocked": True})


def _names(town: Municipality) -> None:
    for one, other in (
        ("{} Plåtslageri AB", "{} Plåtslagerie Aktiebolag"),
        ("Handelsbolaget {} Taxi", "{} Taxi i likvidation"),
        ("Konditori {} AB", "{} Konditori"),
        ("{} Åkeri", "{} Akeri KB"),
    ):
        word = town.word()
        first = town.supplier(name=one.format(word))
        town.supplier(name=other.format(word))
        town.tell("look_alike_names", first["supplier_number"])
    for one, other in (("Brf {} 1", "Brf {} 2"), ("{} Plåt AB", "{} Plåtslageri AB")):
        word = town.word()
        town.supplier(name=one.format(word))
        town.supplier(name=other.format(word))


def _addresses(town: Municipality) -> None:
    name = f"{town.word()}gatan"
    for count, street, is_told in ((5, f"{name} 1", True), (4, f"{name} 11", False), (6, "Box 77", False)):
        for place in range(count):
            town.supplier(street=street.upper() if place % 2 else street, postcode="123 45" if place % 2 else "12345")
        if is_told:
            town.tell("many_at_one_address", street.lower().replace(" ", "") + ", 12345")
    same = town.supplier(street=f"{name} 21")
    for _ in range(5):
        town.both("suppliers", same | {"supplier_number": str(town.serial())})
    town.tell("duplicate_identity", same["identity"])
    moved = town.supplier()
    _was(town, "companies", moved, street="Gamla vägen 2")
    town.tell("address_changed", moved["identity"])
    respelt = town.supplier()
    _was(town, "companies", respelt, street=str(_latest(town, "companies", respelt)["street"]).upper() + ".", postcode="123 45")


def _accounts(town: Municipality) -> None:
    account = str(51_000_000 + town.serial())
    one, two = town.supplier(bankgiro=account), town.supplier(bankgiro=account)
    town.tell("account_shared", one["identity"])
    town.tell("account_shared", two["identity"])
    for _ in range(6):
        town.supplier(bankgiro="55555555")
    twice = town.supplier()
    town.both("suppliers", twice | {"supplier_number": str(town.serial())})
    town.tell("duplicate_identity", twice["identity"])
    changed = town.supplier()
    _was(town, "suppliers", changed, bankgiro="59999999")
    town.tell("account_changed", changed["identity"])
    first = town.supplier()
    _was(town, "suppliers", first, bankgiro=None)


def _companies(town: Municipality) -> None:
    for rule, code in (("bankruptcy", "KK"), ("liquidation", "LI"), ("reconstruction", "FR")):
        hit = town.supplier()
        _change(town, "companies", hit, proceedings=code, proceedings_day=date(2025, 12, 1))
        town.tell(rule, hit["identity"])
        spared = town.supplier(is_blocked=True)
        _change(town, "companies", spared, proceedings=code, proceedings_day=date(2025, 12, 1))
    gone = town.supplier(invoices=0)
    _change(town, "companies", gone, deregistered=date(2025, 3, 1), deregistration_reason="KKAV")
    town.invoice(gone, town.amount(), date(2025, 3, 19))
    town.tell("deregistered_paid", gone["identity"])
    town.invoice(gone, town.amount(), date(2025, 6, 18))
    returned = town.supplier(invoices=0)
    _change(town, "companies", returned, deregistered=date(2025, 3, 1))
    amount = town.amount()
    town.invoice(returned, amount, date(2025, 6, 18))
    town.invoice(returned, -amount, date(2025, 6, 24))
    trader = town.supplier(identity=town.person())
    town.tell("identity_of_person", trader["supplier_number"])
    town.both("companies", _latest(town, "companies", trader) | {"name_number": "2", "deregistered": date(2024, 3, 1)})
    new = town.supplier(invoices=0)
    _change(town, "companies", new, registered=date(2025, 6, 1))
    for month in range(8, 12):
        town.invoice(new, town.amount(26_000, 29_000), town.day(date(2025, month, 4), date(2025, month, 24)))
    town.tell("new_and_paid", new["identity"])
    small = town.supplier(invoices=2)
    _change(town, "companies", small, registered=date(2025, 6, 1))
    carer = town.supplier(invoices=0)
    for month in (3, 5, 7):
        town.invoice(carer, town.amount(17_000, 19_000), town.day(date(2025, month, 4), date(2025, month, 24)), 1)
        town.tables["ledger"][-1]["account"] = "4631"
    _change(town, "companies", carer, industry="43220")
    town.tell("industry_does_not_fit", carer["identity"])
    nurse = town.supplier(invoices=0)
    town.invoice(nurse, town.amount(60_000, 69_000), town.day(), 1)
    town.tables["ledger"][-1]["account"] = "4631"
    _change(town, "companies", nurse, industry="88101")
    asleep = town.supplier(invoices=0)
    _was(town, "suppliers", asleep, last_purchase=date(2022, 5, 4))
    town.invoice(asleep, town.amount(26_000, 29_000), town.day())
    town.tell("dormant_active", asleep["identity"])
    rested = town.supplier(invoices=0)
    _was(town, "suppliers", rested, last_purchase=date(2024, 5, 4))
    town.invoice(rested, town.amount(26_000, 29_000), town.day())


def _credit(town: Municipality) -> None:
    for rule, column in (("no_f_tax", "f_tax"), ("no_vat", "vat_registered"), ("not_employer", "employer_registered")):
        hit = town.supplier()
        _change(town, "watched", hit, **{column: False})
        town.tell(rule, hit["identity"])
        for spared in (town.supplier(identity=town.organisation("8")), town.supplier(is_blocked=True)):
            _change(town, "watched", spared, **{column: False})
        _change(town, "watched", town.supplier(), **{column: None})
    fallen = town.supplier()
    _was(town, "watched", fallen, rating="AAA")
    _change(town, "watched", fallen, rating="A")
    town.tell("rating_fell", fallen["identity"])
    for before, after in (("AA", "A"), ("A", "AAA"), ("AN", "B"), ("AAA", "AN")):
        steady = town.supplier()
        _was(town, "watched", steady, rating=before)
        _change(town, "watched", steady, rating=after)
    low = town.supplier()
    _was(town, "watched", low, rating="c ")
    _change(town, "watched", low, rating="C")
    town.tell("rating_low", low["identity"])
    noted = town.supplier()
    _change(town, "watched", noted, remarks=2, remark_sum=Decimal(7000))
    town.tell("new_remarks", noted["identity"])
    cleared = town.supplier()
    _was(town, "watched", cleared, remarks=2)
    owing = town.supplier()
    _change(town, "watched", owing, debt=Decimal(14_000))
    town.tell("new_debt", owing["identity"])
    _change(town, "watched", town.supplier(), debt=Decimal(300))
    for column in ("board", "signatories", "owner", "auditor"):
        hit = town.supplier()
        _was(town, "watched", hit, **{column: "Eva Kåda"})
        town.tell(f"{column}_changed", hit["identity"])
    replaced = town.supplier()
    _was(town, "watched", replaced, board="Eva Kåda", owner="Eva Kåda")
    town.tell("board_changed owner_changed several_changed", replaced["identity"])
    reordered = town.supplier()
    _was(town, "watched", reordered, board="SIV AL; Bo Ek")
    unknown = town.supplier()
    _was(town, "watched", unknown, board=None, owner=None)


def _systems(town: Municipality) -> None:
    def system(name: str, purpose: str, cost: int = 50_000, before: int = 50_000, owner: str | None = "Ekonomichefen") -> None:
        row = {"name": name, "purpose": purpose, "owner": owner}
        town.add("systems", row | {"yearly_cost": Decimal(cost)})
        town.add("systems_before", row | {"yearly_cost": Decimal(before)})

    names = [town.word() for _ in range(8)]
    aims = [f"{town.word()} {town.word()}" for _ in range(8)]
    for name, aim in zip(names, aims, strict=True):
        system(name, aim)
    system(names[0][:-1] + "x", town.word(7))
    town.tell("system_names_alike", names[0])
    other = town.word()
    system(other, " och ".join(reversed(aims[1].lower().split())))
    town.tell("system_purposes_alike", names[1])
    dear, rising, small, orphan = (town.word() for _ in range(4))
    system(dear, town.word(7), cost=90_000)
    town.tell("system_cost_up", dear)
    system(rising, town.word(7), cost=55_000)
    system(small, town.word(7), cost=9_000, before=5_000)
    system(orphan, town.word(7), owner=None)
    town.tell("system_without_owner", orphan)


def _operations(town: Municipality) -> None:
    def operation(name: str, has_plan: bool | None, day: date | None, responsible: str | None = "Enhetschefen") -> None:
        town.add(
            "operations",
            {"name": name, "unit_name": "Vård och omsorg", "has_plan": has_plan, "plan_day": day, "responsible": responsible},
        )

    names = [
        f"{name} {town.seed}" for name in ("Hemtjänst Syd", "Larm", "Vatten", "Nattpatrull", "Fjärrvärme", "Växel", "Korttid")
    ]
    home, alarm, water, night, heat, exchange, respite = names
    operation(home, True, TODAY - timedelta(200))
    operation(heat, None, date(2024, 1, 15))
    operation(water, False, None)
    operation(night, None, None)
    town.tell("plan_missing", water)
    town.tell("plan_missing", night)
    operation(alarm, True, date(2024, 1, 14))
    town.tell("plan_old", alarm)
    operation(respite, True, None)
    town.tell("plan_undated", respite)
    operation(exchange, True, TODAY - timedelta(30), None)
    town.tell("operation_without_responsible", exchange)
