"""A look back answers as a replay of the whole history does, however the history was written."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from riskreg import clock
from riskreg.heatmap import history_ends
from riskreg.heatmap.as_of import Remembered
from riskreg.heatmap.codes import Moment, State
from riskreg.models import Risk, RiskSpan, User
from tests.cast import Cast, make_cast, make_risk

pytestmark = pytest.mark.django_db

FIRST = date(2025, 3, 1)
DAYS = 60


def replayed(risk: int, day: date) -> State | None:
    """The risk at the end of the day: its last row by date and key, from all of its history."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    rows = [row for row in Risk.history.model.objects.filter(id=risk) if row.history_date < end]
    if not rows:
        return None
    last = max(rows, key=lambda row: (row.history_date, row.history_id))
    return None if last.is_dropped else State(last.likelihood, last.impact, last.risk_score)


def assert_as_replayed(user: User) -> None:
    for span in RiskSpan.objects.all():
        rows = sorted(Risk.history.model.objects.filter(id=span.risk_id), key=lambda row: (row.history_date, row.history_id))
        assert (span.first_at, span.last_at, span.last_row) == (rows[0].history_date, rows[-1].history_date, rows[-1].pk)
        assert all(getattr(span, name) == getattr(rows[-1], name) for name in history_ends.VALUES)
    assert set(RiskSpan.objects.values_list("pk", flat=True)) == set(Risk.history.values_list("id", flat=True))
    seen = Remembered.of(user)
    for offset in range(-2, DAYS + 3, 6):
        day = FIRST + timedelta(days=offset)
        expected = {pk: state for pk in Risk.objects.values_list("pk", flat=True) if (state := replayed(pk, day)) is not None}
        assert {pk: state for pk, (_seen, state) in seen.states(Moment(day)).items()} == expected
        assert sum(tally.number for tally in seen.tallies(Moment(day))) == len(expected)
    days = FIRST + timedelta(days=10), FIRST + timedelta(days=50)
    ends = [(replayed(pk, days[0]), replayed(pk, days[1])) for pk in Risk.objects.values_list("pk", flat=True)]
    changes = sorted((abs(b.score - a.score) for a, b in ends if a and b and a.score and b.score and a != b), reverse=True)
    found = seen.biggest(Moment(days[0]), Moment(days[1]), 3)
    assert [abs((b.score or 0) - (a.score or 0)) for _seen, a, b in found] == [change for change in changes if change][:3]


def copied(row: Any, **values: Any) -> Any:
    """A row of the history once more, with other values."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    return type(row)(**(fields | values))


class Writer:
    """Writes the history in every way there is, on days in any order."""

    def __init__(self, cast: Cast, luck: random.Random) -> None:
        self.cast, self.luck = cast, luck
        self.rows = Risk.history.model.objects

    @property
    def moment(self) -> datetime:
        # Few moments, so that some rows are of the same instant.
        day = FIRST + timedelta(days=self.luck.randrange(DAYS))
        return timezone.make_aware(datetime.combine(day, time(12)))

    @property
    def assessed(self) -> dict[str, int]:
        likelihood, impact = self.luck.randint(1, 4), self.luck.randint(1, 4)
        return {"likelihood": likelihood, "impact": impact, "risk_score": likelihood * impact}

    def changed(self, risk: Risk) -> Risk:
        for name, value in self.assessed.items():
            setattr(risk, name, value)
        risk.is_dropped = self.luck.random() < 0.2
        return risk

    def save(self) -> None:
        """On a day that may lie before the last one: the clock was set back."""
        risk = self.luck.choice(list(Risk.objects.all()))
        with clock.at(timezone.localdate(self.moment)):
            self.changed(risk).save()

    def save_in_bulk(self) -> None:
        risks = [self.changed(risk) for risk in Risk.objects.order_by("pk")[:4]]
        names = ["likelihood", "impact", "risk_score", "is_dropped"]
        bulk_update_with_history(risks, Risk, names, default_user=self.cast.eva, default_date=self.moment)

    def bring_rows_along(self) -> None:
        """As an import that carries its history does: many rows of many risks by one statement, in any order."""
        rows = list(self.rows.all())
        self.rows.bulk_create(
            [copied(self.luck.choice(rows), history_date=self.moment, is_dropped=False, **self.assessed) for _ in range(6)]
        )

    def write_sql(self) -> None:
        columns = ", ".join(field.column for field in self.rows.model._meta.concrete_fields if not field.primary_key)
        table, row = self.rows.model._meta.db_table, self.luck.choice(list(self.rows.all()))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE history_id = %s", [row.pk])

    def mend_a_row(self) -> None:
        row = self.luck.choice(list(self.rows.all()))
        self.rows.filter(pk=row.pk).update(history_date=self.moment, **self.assessed)

    def give_a_row_to_another(self) -> None:
        row, other = self.luck.choice(list(self.rows.all())), self.luck.choice(list(Risk.objects.all()))
        if self.rows.filter(id=row.id).count() > 1:
            self.rows.filter(pk=row.pk).update(id=other.pk)

    def weed(self) -> None:
        row = self.luck.choice(list(self.rows.all()))
        if self.rows.filter(id=row.id).count() > 1:
            self.rows.filter(pk=row.pk).delete()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_look_back_is_a_replay_of_the_history_however_it_was_written(cast: Cast, seed: int) -> None:
    luck = random.Random(seed)
    writer = Writer(cast, luck)
    for number in range(6):
        with clock.at(FIRST + timedelta(days=number * 7)):
            make_risk(cast.plan, f"Risk {number}", **writer.assessed)
    ways = [
        writer.save,
        writer.save_in_bulk,
        writer.bring_rows_along,
        writer.write_sql,
        writer.mend_a_row,
        writer.give_a_row_to_another,
        writer.weed,
    ]
    for turn in range(42):
        (ways[turn] if turn < len(ways) else luck.choice(ways))()
        if turn % 6 == 0:
            assert_as_replayed(cast.eva)
    assert_as_replayed(cast.eva)


def test_what_was_written_while_migrating_is_made_up_for(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Energibrist", likelihood=2, impact=2)
    app = apps.get_app_config("riskreg")
    history_ends.take_triggers_down(app, using="default", plan=[object()])
    with clock.at(FIRST):
        risk.likelihood, risk.risk_score = 4, 8
        risk.save()
    make_risk(cast.plan, "Ny", likelihood=1, impact=1)
    assert RiskSpan.objects.count() == 1
    history_ends.make_triggers(app, using="default")
    assert_as_replayed(cast.eva)
    make_risk(cast.plan, "Nyare", likelihood=1, impact=1)
    history_ends.make_triggers(app, using="default")  # a migrate with nothing to do
    assert_as_replayed(cast.eva)


def test_a_deleted_risk_leaves_its_history_and_no_trouble(cast: Cast) -> None:
    with clock.at(FIRST):
        risk = make_risk(cast.plan, "Felskriven", likelihood=2, impact=2)
    risk.delete()
    assert Remembered.of(cast.eva).states(Moment(FIRST)) == {}


@pytest.mark.django_db(transaction=True)
def test_two_who_write_of_one_risk_at_once_leave_the_right_ends() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    cast = make_cast()
    with clock.at(FIRST):
        risk = make_risk(cast.plan, "Energibrist", likelihood=2, impact=2)
    start = Risk.history.get(id=risk.pk)
    for later_first in (True, False):
        written, held = threading.Event(), threading.Event()
        days = sorted((timedelta(days=1), timedelta(days=2)), reverse=later_first)

        def slow_writer(day: timedelta = days[0], written: Any = written, held: Any = held) -> None:
            with transaction.atomic():
                copied(start, history_date=start.history_date + day).save(force_insert=True)
                written.set()
                held.wait(0.3)  # the other one waits for this transaction meanwhile
            connection.close()

        writer = threading.Thread(target=slow_writer)
        writer.start()
        assert written.wait(20)
        copied(start, history_date=start.history_date + days[1]).save(force_insert=True)
        writer.join()
        assert_as_replayed(cast.eva)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_spans", *arguments, stdout=out)
    return out.getvalue()


def without_triggers() -> None:
    history_ends.take_triggers_down(apps.get_app_config("riskreg"), using="default", plan=[object()])


ELSE = "Något annat är sparat om: 1 (risk {})"
FAULTS: dict[str, tuple[Callable[[RiskSpan], Any], str]] = {
    "an earlier end": (lambda span: change(span, last_at=span.last_at - timedelta(days=9)), ELSE),
    "another row": (lambda span: change(span, last_row=span.last_row + 100), ELSE),
    "another score": (lambda span: change(span, risk_score=9), ELSE),
    "no score": (lambda span: change(span, risk_score=None), ELSE),
    "a later beginning": (lambda span: change(span, first_at=span.last_at), ELSE),
    "no span": (lambda span: span.delete(), "Inget är sparat om: 1 (risk {})"),
    "a span of nothing": (lambda span: copy(span, 99_999), "Sparat utan historik: 1 (risk 99999)"),
    "no triggers": (lambda span: without_triggers(), "Utlösarna som håller det aktuellt saknas."),
}


def change(span: RiskSpan, **values: Any) -> None:
    assert RiskSpan.objects.filter(pk=span.pk).update(**values) == 1


def copy(span: RiskSpan, key: int) -> None:
    span.pk = span.risk_id = key
    span.save(force_insert=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_mended(cast: Cast, fault: str) -> None:
    with clock.at(FIRST):
        make_risk(cast.plan, "Energibrist", likelihood=2, impact=2)
        risk = make_risk(cast.plan, "Löner", likelihood=3, impact=2)
    with clock.at(FIRST + timedelta(days=20)):
        risk.likelihood, risk.risk_score = 4, 8
        risk.save()
    assert "Kontrollerat: 2 risker." in told()
    plant, words = FAULTS[fault]
    plant(RiskSpan.objects.get(pk=risk.pk))
    out = StringIO()
    with pytest.raises(CommandError, match="--rebuild"):
        call_command("verify_spans", stdout=out)
    assert words.format(risk.pk) in out.getvalue()
    assert "Gjort på nytt" in told("--rebuild")
    assert "Gjort på nytt" not in told("--rebuild")
    assert history_ends.verify(connection).is_intact
    risk.likelihood, risk.risk_score = 1, 2
    risk.save()
    assert_as_replayed(cast.eva)
    assert history_ends.verify(connection).is_intact
