"""A supplier ledger in several files: rules, differences and a company's page read them together, each day once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from controls.models import Alert, Register, RegisterSnapshot, WatchOutcome, WatchRun
from controls.monitoring.behind_follow_ups.period import read_periods
from controls.monitoring.registers import verbs
from controls.monitoring.registers.changes import before, count_changes
from controls.monitoring.registers.companies import find_company
from controls.monitoring.registers.parts import parts_until, rows_of
from controls.monitoring.registers.runs import WORKSHOP
from controls.monitoring.registers.work import perform
from riskreg.verbs.errors import Refused
from tests.cast import Cast
from tests.monitoring.behind_follow_ups.scene import followed_up
from tests.monitoring.registers.scene import a_file, a_register, described, fed
from tests.monitoring.watching.scene import let_the_worker_run, watched

pytestmark = pytest.mark.django_db
HEADINGS = ("leverantor", "leverantor_id", "verifikationsnummer", "konto_nr", "belopp", "datum", "forvaltning", "fakturanummer")
COMPANY = "5560160680"
JANUARY, FEBRUARY, MARCH = date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)
Line = tuple[str, ...]


def line(day: str, amount: str, invoice: str, company: str = COMPANY) -> Line:
    return (f"Bolag {company[:6]} AB", company, f"V{invoice}", "6010", amount, day, "Vård", invoice)


def month(number: int, *more: Line) -> tuple[Line, ...]:
    """An ordinary month: four lines of one supplier, early and late in it."""
    days = ("03", "10", "17", "26")
    return (*(line(f"2025-{number:02d}-{day}", f"{number}0{at},50", f"{number}{day}") for at, day in enumerate(days)), *more)


PAID, PAID_AGAIN = line("2025-01-20", "9870,25", "F777"), line("2025-02-20", "9870,25", "F777")


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    made = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    return verbs.change(made, by=cast.johan, described=described("Reskontra", months_together=24))


def came(register: Register, cast: Cast, rows: tuple[Line, ...], as_of: date, **given: Any) -> RegisterSnapshot:
    return fed(register, cast.johan, *rows, headings=HEADINGS, as_of=as_of, **given)


def amounts(snapshot: RegisterSnapshot) -> list[Decimal]:
    with WORKSHOP.scratch_engine() as engine:
        return [row[0] for row in engine.rows(f"select amount from {rows_of(snapshot)} order by day, amount")]


def test_files_of_months_are_read_together(register: Register, cast: Cast) -> None:
    january = came(register, cast, month(1), JANUARY)
    february = came(register, cast, month(2), FEBRUARY)
    assert (january.first_day, january.last_day) == (date(2025, 1, 1), JANUARY)
    assert parts_until(february) == [january, february]
    assert len(amounts(february)) == 8
    assert len(amounts(january)) == 4


def test_a_file_of_the_same_month_replaces_the_earlier_one_and_one_of_a_quarter_replaces_its_months(
    register: Register, cast: Cast
) -> None:
    came(register, cast, month(1), JANUARY)
    february = came(register, cast, month(2), FEBRUARY)
    corrected = came(register, cast, month(1, line("2025-01-15", "77,00", "R1")), JANUARY)
    assert parts_until(corrected) == [corrected, february]
    assert amounts(corrected).count(Decimal(77)) == 1
    assert len(amounts(corrected)) == 9
    quarter = came(register, cast, (*month(1), *month(2), *month(3)), MARCH)
    assert parts_until(quarter) == [quarter]


def test_what_was_replaced_may_come_again_and_what_stands_comes_once(register: Register, cast: Cast) -> None:
    came(register, cast, month(1), JANUARY)
    came(register, cast, month(2), FEBRUARY)
    with pytest.raises(verbs.TheSameFile):
        came(register, cast, month(1), MARCH)
    came(register, cast, month(1, line("2025-01-15", "77,00", "R1")), JANUARY)
    again = came(register, cast, month(1), MARCH)
    assert [ask["code"] for ask in again.asks] == ["went_back"]


def test_a_file_that_shares_days_with_another_is_refused_until_its_days_are_stated(register: Register, cast: Cast) -> None:
    quarter = came(register, cast, (*month(1), *month(2), *month(3)), MARCH)
    draft = came(register, cast, month(2), FEBRUARY)
    assert [ask["code"] for ask in draft.asks] == ["overlaps"]
    with pytest.raises(Refused, match="2025-01-01 – 2025-03-31"):
        verbs.take(draft, by=cast.johan)
    verbs.discard(draft, by=cast.johan)
    april = (*month(4), line("2025-03-28", "5,00", "L1"), line("2025-02-28", "6,00", "L2"))
    late = came(register, cast, april, date(2025, 4, 30), first_day=date(2025, 4, 1), last_day=date(2025, 4, 30))
    assert [ask["code"] for ask in late.asks] == ["outside"]
    taken = verbs.take(late, by=cast.johan)
    assert parts_until(taken) == [quarter, taken]
    assert len(amounts(taken)) == 16, "a row whose day another file holds was counted"


def test_two_drafts_that_share_days_are_not_both_taken(register: Register, cast: Cast) -> None:
    early = {"first_day": date(2025, 1, 1), "last_day": FEBRUARY}
    late = {"first_day": date(2025, 2, 1), "last_day": MARCH}
    first = came(register, cast, (*month(1), *month(2), line("2019-05-05", "1,00", "X1")), MARCH, **early)
    second = came(register, cast, (*month(2), *month(3), line("2019-05-06", "1,00", "X2")), MARCH, **late)
    assert [[ask["code"] for ask in one.asks] for one in (first, second)] == [["outside"], ["outside"]]
    verbs.take(first, by=cast.johan)
    with pytest.raises(Refused, match="delar dagar"):
        verbs.take(second, by=cast.johan)


def test_a_file_without_any_day_is_refused(register: Register, cast: Cast) -> None:
    draft = came(register, cast, tuple((*one[:5], "okänt", *one[6:]) for one in month(1)), JANUARY)
    assert "no_days" in [ask["code"] for ask in draft.asks]
    with pytest.raises(Refused):
        verbs.take(draft, by=cast.johan)


def test_what_lies_before_the_months_that_are_read_together_is_not_read(register: Register, cast: Cast) -> None:
    verbs.change(register, by=cast.johan, described=described("Reskontra", months_together=2))
    january = came(register, cast, month(1), JANUARY)
    february, march = came(register, cast, month(2), FEBRUARY), came(register, cast, month(3), MARCH)
    assert parts_until(march) == [february, march]
    assert january in parts_until(february)


def test_a_payment_made_twice_in_two_months_is_told_once_with_the_rows_of_both_files(
    register: Register, cast: Cast, client: Client
) -> None:
    january = came(register, cast, month(1, PAID), JANUARY)
    watched(register, cast.johan, "double_other_day")
    february = came(register, cast, month(2, PAID_AGAIN), FEBRUARY)
    let_the_worker_run()
    alert = Alert.objects.get()
    assert (alert.snapshot, alert.amount) == (february, Decimal("9870.25"))
    outcome = WatchOutcome.objects.order_by("-pk").first()
    assert outcome is not None
    assert set(outcome.snapshots.values()) == {january.pk, february.pk}
    client.force_login(cast.johan)
    page = client.get(alert.get_absolute_url()).content.decode()
    for snapshot in (january, february):
        assert reverse("register_row", args=[register.pk, snapshot.pk, 6]) in page


def test_an_earlier_month_that_comes_late_is_run(register: Register, cast: Cast) -> None:
    came(register, cast, month(2, PAID_AGAIN), FEBRUARY)
    watched(register, cast.johan, "double_other_day")
    let_the_worker_run()
    assert not Alert.objects.exists()
    came(register, cast, month(1, PAID), JANUARY)
    let_the_worker_run()
    assert Alert.objects.count() == 1


def test_a_delivery_of_the_same_days_changes_nothing_that_is_told(register: Register, cast: Cast) -> None:
    came(register, cast, month(1, PAID), JANUARY)
    watched(register, cast.johan, "double_other_day")
    came(register, cast, month(2, PAID_AGAIN), FEBRUARY)
    let_the_worker_run()
    told = Alert.objects.get()
    came(register, cast, month(2, line("2025-02-11", "12,00", "N1"), PAID_AGAIN), FEBRUARY)
    let_the_worker_run()
    alert = Alert.objects.get()
    assert (alert.told_at, alert.facts_sha256) == (told.told_at, told.facts_sha256)


def test_a_company_is_paid_what_the_parts_say_together(register: Register, cast: Cast) -> None:
    came(register, cast, month(1), JANUARY)
    came(register, cast, month(2), FEBRUARY)
    came(register, cast, month(1, line("2025-01-15", "77,00", "R1")), JANUARY)
    with WORKSHOP.scratch_engine() as engine:
        [paid] = find_company(engine, cast.johan, COMPANY).paid
    assert (paid.lines, paid.amount) == (9, sum((Decimal(f"{m}0{at}.5") for m in (1, 2) for at in range(4)), Decimal(77)))


def test_differences_are_those_that_the_file_made(register: Register, cast: Cast) -> None:
    january, february = came(register, cast, month(1), JANUARY), came(register, cast, month(2), FEBRUARY)
    other = "5560360793"
    corrected = came(register, cast, month(1, line("2025-01-15", "77,00", "R1", other)), JANUARY)
    assert before(corrected) == february
    assert before(february) == january
    counts = count_changes(february, corrected)
    assert (counts.new, counts.gone, counts.changed) == (1, 0, 0)


def test_the_pages_say_what_is_read_together(register: Register, cast: Cast, client: Client) -> None:
    first = came(register, cast, month(1), JANUARY)
    came(register, cast, month(2), FEBRUARY)
    corrected = came(register, cast, month(1, line("2025-01-15", "77,00", "R1")), JANUARY)
    client.force_login(cast.johan)
    page = client.get(register.get_absolute_url()).content.decode()
    assert "<b>2</b> filer läses tillsammans, <b>9</b> rader." in page
    assert corrected.get_absolute_url() in client.get(first.get_absolute_url()).content.decode()
    found = client.get(reverse("register_changes", args=[register.pk, corrected.pk]))
    assert found.status_code == 200
    assert "first_day" in client.get(reverse("register_upload", args=[register.pk])).content.decode()
    tried = client.get(reverse("register_rule", args=[register.pk, "double_other_day"]))
    assert tried.status_code == 200


def test_a_register_that_is_read_in_another_way_is_run_again_with_the_files_that_it_has(cast: Cast, today: date) -> None:
    register = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    came(register, cast, month(1, PAID), JANUARY)
    watched(register, cast.johan, "double_other_day")
    february = came(register, cast, month(2, PAID_AGAIN), FEBRUARY)
    let_the_worker_run()
    assert not Alert.objects.exists()
    verbs.change(register, by=cast.johan, described=described("Reskontra", months_together=12))
    [run] = let_the_worker_run()
    assert run.cause == WatchRun.Cause.CHANGED
    assert Alert.objects.get().snapshot == february


def test_a_follow_up_counts_the_lines_of_every_part_that_stands(register: Register, cast: Cast) -> None:
    came(register, cast, month(1), JANUARY)
    watch = watched(register, cast.johan, "double_other_day")
    let_the_worker_run()
    came(register, cast, month(2), FEBRUARY)
    came(register, cast, month(1, line("2025-01-15", "77,00", "R1")), JANUARY)
    came(register, cast, month(8), date(2025, 8, 31))
    let_the_worker_run()
    [watching] = read_periods([followed_up(cast, watch)])
    assert watching is not None
    assert watching.watched == {"ledger": 13}
    assert not watching.unwatched
    assert watching.days == ("2025-01-31", "2025-01-31", "2025-02-28", "2025-08-31")


def test_only_a_ledger_comes_in_parts_and_no_longer_than_it_is_kept(cast: Cast, today: date, register: Register) -> None:
    suppliers = a_register(cast.board, cast.johan)
    for of, months in ((suppliers, 12), (register, 25)):
        with pytest.raises(ValidationError) as refused:
            verbs.change(of, by=cast.johan, described=described(of.name, months_together=months))
        assert "months_together" in refused.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        Register.objects.filter(pk=suppliers.pk).update(months_together=12)


@pytest.mark.parametrize("days", [(JANUARY, None), (None, JANUARY), (FEBRUARY, JANUARY)])
def test_the_days_are_stated_both_and_in_order(register: Register, cast: Cast, days: tuple[date | None, date | None]) -> None:
    with pytest.raises(ValidationError):
        verbs.feed(register, by=cast.johan, file=a_file(month(1), HEADINGS), as_of=JANUARY, first_day=days[0], last_day=days[1])


def test_a_files_days_stand_when_it_is_taken(register: Register, cast: Cast) -> None:
    january = came(register, cast, month(1), JANUARY)
    for changed in ({"last_day": FEBRUARY}, {"first_day": None, "last_day": None}):
        with pytest.raises(Exception, match="a taken snapshot stands"), transaction.atomic():
            RegisterSnapshot.objects.filter(pk=january.pk).update(**changed)


def test_stated_days_are_not_read_from_the_rows_when_columns_are_chosen_anew(register: Register, cast: Cast) -> None:
    stated = {"first_day": date(2025, 1, 1), "last_day": MARCH}
    draft = came(register, cast, month(1, *(line("2019-01-01", "1", f"O{n}") for n in range(3))), JANUARY, **stated)
    assert draft.state == "draft"
    _register, runs = verbs.map_columns(register, by=cast.johan, mapping=draft.mapping)
    for run in runs:
        assert perform(run.pk)
    draft.refresh_from_db()
    assert (draft.first_day, draft.last_day) == (date(2025, 1, 1), MARCH)
