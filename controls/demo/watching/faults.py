"""What is wrong in the demonstration's town, and what only looks like it.

`plant` returns what the ready rules are to tell of the latest month: {rule: subjects}. Everything else is in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stdnum import luhn

from controls.demo.watching.town import MONTHS, OFFICES, TRADES, YEAR, Supplier, Town, Trade

OCTOBER, NOVEMBER, DECEMBER = MONTHS
BUILDING, ELECTRICITY, PIPES, PAINT, CLEANING, FOOD, ROAD, DATA, ADVICE, PAPER, GARDEN, BOOKS, CARE, SPORT = TRADES
Truth = dict[str, list[str]]


@dataclass(slots=True)
class Planting:
    """A town, and what its rules are to tell."""

    town: Town
    truth: Truth

    def tell(self, rules: str, subject: str) -> None:
        for rule in rules.split():
            self.truth[rule].append(subject)

    def supplier(self, trade: Trade, name: str, *, invoices: int = 14, **given: Any) -> Supplier:
        """Make a supplier with an agreement that the credit service watches."""
        settings: dict[str, Any] = {"has_agreement": True, "is_watched": True, **given}
        return self.town.supplier(trade, name=name, invoices=invoices, **settings)


def plant(town: Town) -> Truth:
    """Plant every fault, and return what rules are to tell of it."""
    planting = Planting(town, defaultdict(list))
    parts: tuple[Callable[[Planting], None], ...] = (
        _companies,
        _credit,
        _master,
        _payments,
        _patterns,
        _bought,
        _ledger,
        _several,
    )
    for part in parts:
        part(planting)
    return dict(planting.truth)


def _companies(p: Planting) -> None:
    broken = p.supplier(ROAD, "Gräfsnäs Transport AB", invoices=22)
    broken.company = {"proceedings": ("KK", "Konkurs inledd", date(YEAR, 11, 18))}
    broken.earlier = {OCTOBER: {"company": {"proceedings": None}}}
    for day in (date(YEAR, 12, 3), date(YEAR, 12, 11)):
        p.town.invoice(broken, None, day)
    p.tell("bankruptcy", broken.identity)
    wound_up = p.supplier(PAPER, "Hästeryds Kontorsvaror AB", invoices=9)
    wound_up.company = {"proceedings": ("LI", "Likvidation beslutad", date(YEAR, 12, 9))}
    wound_up.earlier = {month: {"company": {"proceedings": None}} for month in (OCTOBER, NOVEMBER)}
    p.tell("liquidation", wound_up.identity)
    # Its payments are stopped already: nothing to tell.
    stopped = p.supplier(CLEANING, "Ödenäs Lokalvård AB", invoices=4, is_blocked=True)
    stopped.company = {"proceedings": ("KK", "Konkurs inledd", date(YEAR, 8, 20))}
    gone = p.supplier(GARDEN, "Hols Trädgårdsskötsel AB", invoices=0)
    gone.company = {"deregistered": date(YEAR, 6, 2), "reason": "ARSEED"}
    for day in (date(YEAR, 4, 9), date(YEAR, 9, 17), date(YEAR, 10, 8)):
        p.town.invoice(gone, None, day)
    p.tell("deregistered_paid", gone.identity)
    young = p.supplier(CARE, "Norra Ängs Hemomsorg AB", invoices=0, registered=date(YEAR, 6, 12))
    for month in range(8, 13):
        day = p.town.day(date(YEAR, month, 4), date(YEAR, month, 22))
        p.town.invoice(young, p.town.amount(58_000), day)
    p.tell("new_and_paid", young.identity)
    moved = p.supplier(ADVICE, "Säveåns Utredningsbyrå AB", invoices=6)
    moved.earlier = {month: {"street": "Storgatan 14", "postcode": "441 30"} for month in (OCTOBER, NOVEMBER)}
    p.tell("address_changed", moved.identity)


def _credit(p: Planting) -> None:
    fallen = p.supplier(BUILDING, "Sollebrunns Byggentreprenad AB", invoices=31)
    fallen.credit["rating"] = "A"
    fallen.earlier = {month: {"credit": {"rating": "AAA"}} for month in (OCTOBER, NOVEMBER)}
    p.tell("rating_fell", fallen.identity)
    sold = p.supplier(CLEANING, "Vättlefjälls Städ AB", invoices=28)
    sold.credit |= {"owner": "Yngve Kronwall", "board": "Yngve Kronwall, Mona Stråhle"}
    before = {"owner": "Gerd Malmborg", "board": "Gerd Malmborg, Stig Malmborg"}
    sold.earlier = {month: {"credit": before} for month in (OCTOBER, NOVEMBER)}
    p.tell("owner_changed board_changed several_changed", sold.identity)
    # The same people in another order are no other board.
    reordered = p.supplier(PIPES, "Simmenäs Rörläggeri AB", invoices=12)
    reordered.credit["board"] = "Jerker Tunander, Hillevi Tunander"
    reordered.earlier = {NOVEMBER: {"credit": {"board": "Hillevi Tunander, Jerker Tunander"}}}
    audited = p.supplier(FOOD, "Kullings Grossist AB", invoices=26)
    audited.earlier = {month: {"credit": {"auditor": "Revisorsbyrån Lindö"}} for month in (OCTOBER, NOVEMBER)}
    p.tell("auditor_changed", audited.identity)
    untaxed = p.supplier(PAINT, "Östads Fasadmåleri AB", invoices=11)
    untaxed.f_tax = False
    untaxed.earlier = {month: {"f_tax": True} for month in (OCTOBER, NOVEMBER)}
    p.tell("no_f_tax", untaxed.identity)
    # An association has none, and needs none.
    p.supplier(SPORT, "Bjärke Idrottsförening", invoices=5, identity=p.town.organisation("80"), form="IF").f_tax = False
    noted = p.supplier(ROAD, "Lo Maskintransporter AB", invoices=17)
    noted.credit |= {"remarks": 3, "remark_sum": Decimal(84_200), "debt": Decimal(61_500)}
    clean = {"remarks": 0, "remark_sum": Decimal(0), "debt": Decimal(0)}
    noted.earlier = {month: {"credit": clean} for month in (OCTOBER, NOVEMBER)}
    p.tell("new_remarks new_debt", noted.identity)
    low = p.supplier(DATA, "Mjörns Datahotell AB", invoices=12)
    low.credit["rating"] = "C"
    p.tell("rating_low", low.identity)


def _master(p: Planting) -> None:
    town = p.town
    mistyped = town.supplier(PAPER, name="Antens Kartong AB", invoices=0)
    mistyped.identity = mistyped.identity[:4] + mistyped.identity[5] + mistyped.identity[4] + mistyped.identity[6:]
    if luhn.is_valid(mistyped.identity):
        mistyped.identity = mistyped.identity[:-1] + str((int(mistyped.identity[-1]) + 1) % 10)
    p.tell("identity_invalid", mistyped.number)
    nameless = town.supplier(BOOKS, name="Läromedelsgruppen Norge AS", invoices=0)
    nameless.identity = ""
    p.tell("identity_missing", nameless.number)
    twice = town.supplier(ELECTRICITY, name="Brobacka Elinstallation AB", invoices=3)
    again = town.supplier(ELECTRICITY, name="Brobacka Elinst. (gammal)", invoices=0, identity=twice.identity)
    p.tell("duplicate_identity", twice.identity)
    again.bankgiro = twice.bankgiro
    town.supplier(FOOD, name="Långareds Gårdsmejeri AB", invoices=2)
    alike = town.suppliers[-1]
    town.supplier(FOOD, name="Långareds Gårdsmejeri Aktiebolag", invoices=0)
    p.tell("look_alike_names", alike.number)
    trader = town.supplier(GARDEN, name="Trädgårdsmästare Ringblom", invoices=2, identity=_personal_number(), form="E")
    p.tell("identity_of_person", trader.number)
    shared = town.supplier(SPORT, name="Scenkonst i Hjälmared AB", invoices=1)
    other = town.supplier(SPORT, name="Gitarrverkstan Ljudbang AB", invoices=1)
    other.bankgiro = shared.bankgiro
    town.lines = [replace(line, bankgiro="") if line.identity == other.identity else line for line in town.lines]
    for one in (shared, other):
        p.tell("account_shared", one.identity)
    changed = p.supplier(CLEANING, "Fotskäls Sanering AB", invoices=16)
    changed.earlier = {month: {"bankgiro": changed.bankgiro} for month in (OCTOBER, NOVEMBER)}
    changed.bankgiro = town.bankgiro()
    paid = town.invoice(changed, Decimal("14312.40"), date(YEAR, 12, 17))
    p.tell("account_changed", changed.identity)
    p.tell("account_deviates", paid[0].identity)
    asleep = p.supplier(ADVICE, "Rödene Organisationsutveckling AB", invoices=0, has_agreement=True)
    asleep.slept_since = date(2022, 3, 14)
    town.invoice(asleep, Decimal("61204.50"), date(YEAR, 12, 10))
    p.tell("dormant_active", asleep.identity)


def _payments(p: Planting) -> None:
    town = p.town
    twice = p.supplier(PIPES, "Ingareds Kyl och Värme AB", invoices=19)
    for day in (date(YEAR, 9, 10), date(YEAR, 10, 2)):
        town.invoice(twice, Decimal("23418.75"), day, invoice="218834")
    p.tell("double_other_day", twice.identity)
    # Paid twice, too, and given back in November.
    credited = p.supplier(PAPER, "Bjärkebygdens Tryckeri AB", invoices=21)
    for day in (date(YEAR, 8, 19), date(YEAR, 9, 9)):
        town.invoice(credited, Decimal("5190.30"), day, invoice="77120")
    town.invoice(credited, Decimal("-5190.30"), date(YEAR, 11, 12), invoice="77120")
    reminded = p.supplier(FOOD, "Hemsjö Frukt och Grönt AB", invoices=30)
    town.invoice(reminded, Decimal("8412.20"), date(YEAR, 10, 14), invoice="450912")
    town.invoice(reminded, Decimal("8592.20"), date(YEAR, 11, 5), invoice="450912")
    p.tell("double_reminder", reminded.identity)
    scanned = p.supplier(BOOKS, "Alebygdens Skolmaterial AB", invoices=12)
    town.invoice(scanned, Decimal("8730.60"), date(YEAR, 8, 21), invoice="60O147")
    town.invoice(scanned, Decimal("8730.60"), date(YEAR, 9, 16), invoice="600147")
    p.tell("double_other_form", scanned.identity)


def _patterns(p: Planting) -> None:
    town = p.town
    split = p.supplier(GARDEN, "Lygnö Markentreprenad AB", invoices=4)
    for amount, day in (
        ("96480.50", date(YEAR, 10, 7)),
        ("94115.25", date(YEAR, 10, 9)),
        ("98220.75", date(YEAR, 10, 15)),
    ):
        town.invoice(split, Decimal(amount), day, office=OFFICES[3])
    p.tell("split_purchases", split.identity)
    even = p.supplier(ADVICE, "Tollereds Ledarskap AB", invoices=5)
    town.invoice(even, Decimal(80_000), date(YEAR, 11, 19))
    p.tell("round_sums", even.identity)
    on_sunday = p.supplier(ROAD, "Nårungas Schakt AB", invoices=13)
    town.invoice(on_sunday, Decimal("19315.80"), date(YEAR, 11, 16))
    p.tell("days_off", on_sunday.identity)
    only = p.supplier(ADVICE, "Kvarnbackens Handledning AB", invoices=0)
    for place in range(9):
        day = town.day(date(YEAR, 3 + place, 4), date(YEAR, 3 + place, 22))
        town.invoice(only, None, day, invoice=f"{2025_101 + place}")
    p.tell("consecutive_numbers", only.identity)
    far_above = p.supplier(FOOD, "Erska Kött och Chark AB", invoices=24)
    town.invoice(far_above, Decimal("41873.90"), date(YEAR, 12, 4))
    p.tell("deviating_amount", far_above.identity)


def _bought(p: Planting) -> None:
    town = p.town
    outside = town.supplier(DATA, name="Borgstena Molntjänster AB", invoices=0, is_watched=True)
    for month in (2, 4, 6, 9, 11):
        day = town.day(date(YEAR, month, 4), date(YEAR, month, 22))
        town.invoice(outside, town.amount(31_000), day, office=OFFICES[0])
    p.tell("off_contract", outside.identity)
    under = town.supplier(ADVICE, name="Skår Projektledning AB", invoices=0)
    for month in range(1, 13):
        day = town.day(date(YEAR, month, 4), date(YEAR, month, 22))
        town.invoice(under, Decimal(55_400) + Decimal(month * 37) / 100, day, office=OFFICES[3])
    p.tell("off_contract just_under_direct_procurement", under.identity)
    expired = p.supplier(PAINT, "Torsjö Golv AB", invoices=0, has_agreement=False)
    town.agreement(expired, valid_to=date(YEAR, 5, 31))
    for day in (date(YEAR, 3, 12), date(YEAR, 9, 4), date(YEAR, 10, 23)):
        town.invoice(expired, town.amount(17_000), day)
    p.tell("expired_agreement", expired.identity)
    above = p.supplier(ELECTRICITY, "Hedefors Kraft AB", invoices=0, has_agreement=False)
    town.agreement(above, ceiling=Decimal(250_000))
    for month in range(1, 12):
        town.invoice(above, town.amount(26_000), town.day(date(YEAR, month, 4), date(YEAR, month, 22)))
    p.tell("above_ceiling", above.identity)
    for name, days in (("Vårgårda Skolskjutsar AB", 80), ("Herrljunga Måltider AB", 139)):
        ending = p.supplier(ROAD if days == 80 else FOOD, name, invoices=18, has_agreement=False)
        town.agreement(ending, valid_to=DECEMBER + timedelta(days), responsible="Inköpssamordnaren")
        p.tell("agreement_ends", ending.identity)


def _ledger(p: Planting) -> None:
    town = p.town
    paper = p.supplier(PAPER, "Stora Mellby Pappershandel AB", invoices=8)
    town.invoice(paper, None, date(YEAR, 6, 12), invoice="-")
    p.tell("ledger_no_invoice", paper.identity)
    for place in range(6):
        town.invoice(paper, town.amount(2_400), date(YEAR, 2 + place, 13), supplier=MASKED, identity="", bankgiro="", parts=1)
    p.tell("ledger_masked", MASKED)


def _several(p: Planting) -> None:
    """Let some suppliers be told of for more than one reason, as those that are in trouble are."""
    town = p.town
    of_name = {supplier.name: supplier for supplier in town.suppliers}
    # A new home care company without another customer.
    young = of_name["Norra Ängs Hemomsorg AB"]
    days = sorted({line.day for line in town.lines if line.identity == young.identity})
    numbers = {day: str(101 + place) for place, day in enumerate(days)}
    town.lines = [replace(line, invoice=numbers[line.day]) if line.identity == young.identity else line for line in town.lines]
    town.invoice(young, Decimal("57310.60"), date(YEAR, 12, 29), invoice=str(101 + len(days)))
    p.tell("consecutive_numbers", young.identity)
    # The last invoice before the bankruptcy: large, even, and written on a Sunday.
    broken = of_name["Gräfsnäs Transport AB"]
    town.invoice(broken, Decimal(60_000), date(YEAR, 11, 16))
    p.tell("round_sums days_off deviating_amount", broken.identity)
    gone = of_name["Hols Trädgårdsskötsel AB"]
    town.invoice(gone, Decimal("10480.35"), date(YEAR, 10, 18))
    p.tell("days_off", gone.identity)


MASKED = "[innehåller personuppgifter]"


def _personal_number() -> str:
    digits = "640823321"
    return f"19{digits}{luhn.calc_check_digit(digits)}"
