from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from simple_history.models import HistoricalChanges

from riskreg.models import Risk, RiskCategory, Seal, SealedRow
from riskreg.tasks import seal_trail
from riskreg.trail import seals, tables
from riskreg.trail.export import export_lines
from riskreg.trail.seals import head, seal, unsealed_count
from riskreg.trail.tables import trail_tables
from riskreg.trail.verification import verify
from riskreg.trail.verify_export import verify as verify_export
from tests.cast import Cast, make_cast, make_risk
from tests.trail.conftest import date_back
from tests.trail.tampering import sql


def test_every_history_row_is_sealed_once(cast: Cast) -> None:
    waiting = unsealed_count()
    made = seal(timezone.now())
    assert made is not None
    assert waiting == made.row_count == SealedRow.objects.count() > 20
    assert unsealed_count() == 0
    assert seal(timezone.now()) is None


def test_the_sealed_trail_verifies(cast: Cast) -> None:
    seal(timezone.now())
    make_risk(cast.plan)
    seal(timezone.now())
    outcome = verify()
    assert outcome.is_intact, outcome.findings
    assert (outcome.seals, outcome.checked, outcome.unsealed) == (2, SealedRow.objects.count(), 0)
    assert outcome.head == head()


def test_rows_written_after_the_last_seal_are_counted_and_are_no_alteration(cast: Cast) -> None:
    seal(timezone.now())
    make_risk(cast.plan)
    outcome = verify()
    assert (outcome.is_intact, outcome.unsealed) == (True, 1)


def test_every_model_with_history_is_sealed_without_being_listed() -> None:
    history_models = {model for model in apps.get_models() if issubclass(model, HistoricalChanges)}
    assert {table.rows for table in trail_tables().values()} == history_models
    assert {"riskreg.risk", "riskreg.user", "controls.followup", "controls.evidence"} <= set(trail_tables())


def test_each_seal_continues_from_the_one_before(cast: Cast) -> None:
    first = seal(timezone.now())
    make_risk(cast.plan)
    second = seal(timezone.now())
    assert first is not None
    assert second is not None
    assert (first.seq, first.previous) == (1, "0" * 64)
    assert (second.seq, second.previous) == (2, first.hash)
    assert str(head()) == f"2:{second.hash}"


def test_there_is_no_head_before_the_first_seal(db: None) -> None:
    assert head() is None
    assert verify().is_intact


def test_a_long_backlog_becomes_several_seals(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "ROWS_PER_SEAL", 10)
    monkeypatch.setattr(tables, "CHUNK", 3)
    waiting = unsealed_count()
    assert waiting % 10
    for number, table in enumerate(trail_tables().values()):
        table.all().update(history_date=timezone.now() - timedelta(days=number))
    seal(timezone.now())
    assert Seal.objects.count() == -(-waiting // 10)
    assert {each.row_count for each in Seal.objects.all()} == {10, waiting % 10}
    assert [each.complete for each in Seal.objects.order_by("seq")] == [False] * (waiting // 10) + [True]
    assert verify().is_intact, "old rows of the same backlog are no alteration"


def test_the_same_values_never_have_the_same_hash(cast: Cast) -> None:
    seal(timezone.now())
    assert SealedRow.objects.values("hash").distinct().count() == SealedRow.objects.values("salt").distinct().count()
    assert SealedRow.objects.values("hash").distinct().count() == SealedRow.objects.count()


def test_a_row_cannot_be_sealed_twice(cast: Cast) -> None:
    made = seal(timezone.now())
    assert made is not None
    make_risk(cast.plan)
    again = seal(timezone.now())
    entry = made.rows.all()[0]
    assert again is not None
    entry.pk, entry.seal = None, again
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()


def test_a_row_that_cannot_be_read_does_not_keep_the_others_from_being_sealed(cast: Cast) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses such a value")
    risk = make_risk(cast.plan)
    sql("UPDATE riskreg_historicalrisk SET history_date = %s WHERE id = %s", "2025-13-45 99:00:00", risk.pk)
    seal(timezone.now())
    assert unsealed_count() == 1
    found = verify().findings
    assert [(each.kind, each.model, each.seal) for each in found] == [("row_changed", "riskreg.risk", None)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_seal_every_row_once() -> None:
    make_cast()
    waiting, problems = unsealed_count(), []
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait()
            seal(timezone.now())
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert problems == []
    assert (Seal.objects.count(), SealedRow.objects.count()) == (1, waiting)
    assert verify().is_intact


@pytest.mark.django_db(transaction=True)
def test_a_row_committed_while_others_with_higher_numbers_were_sealed_is_sealed_next() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    cast = make_cast()
    written, sealed = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            make_risk(cast.plan, "Skriven långsamt", number=90)
            written.set()
            sealed.wait(20)
        connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    assert written.wait(20)
    make_risk(cast.school_plan, "Skriven snabbt", number=91)
    seal(timezone.now())
    sealed.set()
    writer.join()
    slow, fast = (Risk.history.get(title=title) for title in ("Skriven långsamt", "Skriven snabbt"))
    assert slow.history_id < fast.history_id
    assert SealedRow.objects.filter(model="riskreg.risk").values_list("history_id", flat=True).get() == fast.history_id
    assert verify().is_intact
    seal(timezone.now())
    assert SealedRow.objects.filter(model="riskreg.risk").count() == 2
    assert verify().is_intact


# A column added by a later migration


@contextmanager
def added_column(history_model: type[models.Model], name: str) -> Iterator[None]:
    """What a later migration does: a column with a value in every row there is, and a field that knows it."""
    sql_text = f"ALTER TABLE {history_model._meta.db_table} ADD COLUMN {name} varchar(20) NOT NULL DEFAULT 'before'"
    connection.check_constraints()  # PostgreSQL alters no table with constraints yet to be checked
    with connection.cursor() as cursor:
        cursor.execute(sql_text)
    added = models.CharField(max_length=20, default="before")
    added.contribute_to_class(history_model, name)
    try:
        yield
    finally:
        history_model._meta.local_fields.remove(added)
        history_model._meta._expire_cache()  # type: ignore[attr-defined]
        delattr(history_model, name)


def test_a_column_added_later_breaks_no_seal_and_is_covered_from_then_on(cast: Cast) -> None:
    category = RiskCategory.objects.create(name="Ekonomi")
    history: Any = RiskCategory.history.model
    seal(timezone.now())
    with added_column(history, "colour"):
        assert "colour" in trail_tables()["riskreg.riskcategory"].columns()
        assert verify().is_intact
        assert verify_export(list(export_lines(None, timezone.now())))["seals"] == 1
        category.name = "Ekonomi och upphandling"
        category.save()
        made = seal(timezone.now())
        assert made is not None
        assert "colour" in made.contents["riskreg.riskcategory"]["columns"]
        assert verify().is_intact
        assert verify_export(list(export_lines(None, timezone.now())))["seals"] == 2
        old, new = history.objects.order_by("history_id")
        sql("UPDATE riskreg_historicalriskcategory SET colour = 'altered' WHERE history_id = %s", new.history_id)
        assert [(each.kind, each.history_id) for each in verify().findings] == [("row_changed", new.history_id)]
        sql("UPDATE riskreg_historicalriskcategory SET colour = 'before' WHERE history_id = %s", new.history_id)
        sql("UPDATE riskreg_historicalriskcategory SET colour = 'altered' WHERE history_id = %s", old.history_id)
        assert verify().is_intact, "a column is covered from the seals on that know it"


def test_a_sealed_column_that_is_gone_is_said_to_be(cast: Cast) -> None:
    history: Any = RiskCategory.history.model
    with added_column(history, "colour"):
        RiskCategory.objects.create(name="Ekonomi")
        seal(timezone.now())
    found = verify().findings
    assert [(each.kind, each.model, each.detail) for each in found] == [("column_missing", "riskreg.riskcategory", "colour")]


# The task


def test_the_nightly_task_seals_and_answers_with_the_head(cast: Cast) -> None:
    assert seal_trail() == str(head())
    assert seal_trail() == str(head())
    assert Seal.objects.count() == 1


def test_the_task_is_on_the_schedule_under_its_own_name() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert seal_trail.name in scheduled


def test_in_a_demonstration_whose_calendar_is_pinned_no_date_raises_an_alarm(cast: Cast, today: Any) -> None:
    from riskreg import clock

    seal(clock.now())
    make_risk(cast.plan)
    risk = Risk.objects.get()
    date_back(risk, timezone.now().replace(year=2020))
    risk.save()
    assert verify().is_intact
    seal(clock.now())
    assert verify().is_intact
    assert all(each.pinned_clock for each in Seal.objects.all())
