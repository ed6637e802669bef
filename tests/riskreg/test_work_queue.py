"""Long work that a table holds: each kind of it is claimed once, told, cancelled, taken up again and finished once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.importing import waiting
from controls.importing.session import open_import
from controls.importing.target import find_target
from controls.reporting import jobs
from controls.reporting.job_queue import QUEUE as REPORTS
from controls.sampling import work
from controls.sampling.runs import QUEUE as SAMPLINGS
from riskreg import clock, work_queue
from riskreg.trail import runs
from riskreg.work_queue import MOST_ATTEMPTS, Queue, TakenOver
from tests.cast import Cast, make_cast, make_control, make_risk
from tests.follow_ups.test_two_at_once import in_parallel
from tests.reporting.subjects import subject
from tests.sampling.scene import uploaded


class Kind(NamedTuple):
    queue: Queue[Any]
    ask: Callable[[Cast], Any]
    """Makes a row that waits."""
    perform: Callable[[int], bool]
    cancelled: str
    """The state in which somebody ends it."""


def a_draft(cast: Cast) -> Any:
    make_control(make_risk(cast.plan))
    return jobs.order(cast.karin, "follow_up", subject(cast, "follow_up"), "xlsx", public=False)[0]


def a_verification(cast: Cast) -> Any:
    return runs.ask(cast.ake, "", clock.now())[0]


def an_upload(cast: Cast) -> Any:
    file = SimpleUploadedFile("plan.csv", b"Identifierad risk;Kontrollmoment\nBrand;Larm\n")
    return open_import(file, "plan.csv", find_target(cast.board, 2025), by=cast.eva).reading


KINDS = {
    "the reading of an import": Kind(waiting.QUEUE, an_upload, waiting.perform, "failed"),
    "a sampling run": Kind(SAMPLINGS, uploaded, work.perform, "cancelled"),
    "a report's job": Kind(REPORTS, a_draft, jobs.write, "given_up"),
    "a verification of the trail": Kind(runs.QUEUE, a_verification, runs.run, "failed"),
}
COUNTED = [name for name, kind in KINDS.items() if kind.queue.attempts]
each = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
each_counted = pytest.mark.parametrize("kind", [KINDS[name] for name in COUNTED], ids=COUNTED)


def silenced(kind: Kind, row: Any) -> Any:
    """The row as a dead worker, or nobody, leaves it."""
    then = clock.now() - kind.queue.silence - timedelta(seconds=1)
    kind.queue.model._default_manager.filter(pk=row.pk).update(seen_at=then, asked_at=then)
    row.refresh_from_db()
    return row


def claimed(kind: Kind, row: Any) -> Any:
    found = kind.queue.claim(row.pk)
    assert found is not None
    return found


def state(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


@each
@pytest.mark.django_db
def test_it_is_claimed_by_one_worker(kind: Kind, cast: Cast) -> None:
    row = kind.ask(cast)
    assert claimed(kind, row).state == "running"
    assert kind.queue.claim(row.pk) is None
    assert not kind.perform(row.pk)


@each
@pytest.mark.django_db
def test_it_is_done_once(kind: Kind, cast: Cast) -> None:
    row = kind.ask(cast)
    assert kind.perform(row.pk)
    assert not kind.perform(row.pk)
    assert state(row) == "done"
    assert not kind.queue.cancel(row, kind.cancelled)
    assert getattr(row, kind.queue.progress) == row.total


@each
def test_of_two_workers_at_once_one_does_it(kind: Kind, transactional_db: None) -> None:
    row = kind.ask(make_cast())
    assert sorted(in_parallel(lambda: kind.perform(row.pk), lambda: kind.perform(row.pk))) == [False, True]
    assert state(row) == "done"
    if kind.queue.attempts:
        assert getattr(row, kind.queue.attempts) == 1


@each
@pytest.mark.django_db
def test_what_a_dead_worker_left_is_silent_after_its_time_and_done_by_the_next(kind: Kind, cast: Cast) -> None:
    row = claimed(kind, kind.ask(cast))
    now = clock.now()
    assert not kind.queue.is_silent(row, now)
    assert list(kind.queue.alive(now)) == [row]
    assert list(kind.queue.silent(now)) == []
    row = silenced(kind, row)
    assert kind.queue.is_silent(row, now)
    assert list(kind.queue.silent(now)) == [row]
    assert list(kind.queue.alive(now)) == []
    assert kind.perform(row.pk)
    assert not kind.perform(row.pk)
    assert state(row) == "done"
    assert list(kind.queue.silent(now + timedelta(days=1))) == []


@each
@pytest.mark.django_db
def test_what_was_never_handed_to_a_worker_is_silent_too(kind: Kind, cast: Cast) -> None:
    row = silenced(kind, kind.ask(cast))
    assert row.state == "waiting"
    assert list(kind.queue.silent(clock.now())) == [row]


@each_counted
@pytest.mark.django_db
def test_a_worker_that_was_taken_for_dead_writes_nothing_over_the_other_ones_work(kind: Kind, cast: Cast) -> None:
    first = claimed(kind, kind.ask(cast))
    silenced(kind, first)
    second = claimed(kind, first)
    assert getattr(second, kind.queue.attempts) == getattr(first, kind.queue.attempts) + 1
    for late in (lambda: kind.queue.tell(first, 1), lambda: kind.queue.finish(first)):
        with pytest.raises(TakenOver):
            late()
    assert not kind.queue.end(first, "failed")
    kind.queue.leave(first)
    assert not kind.queue.is_silent(claimed_again(second), clock.now())
    kind.queue.finish(second)
    assert state(second) == "done"


def claimed_again(row: Any) -> Any:
    row.refresh_from_db()
    return row


@each
@pytest.mark.django_db
def test_cancelled_it_is_no_workers_any_more(kind: Kind, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    row = claimed(kind, kind.ask(cast))
    monkeypatch.setattr(work_queue, "TELL_SECONDS", 0)
    tell = kind.queue.telling(row)
    tell(1)
    assert kind.queue.cancel(row, kind.cancelled)
    with pytest.raises(TakenOver):
        tell(2)
    with pytest.raises(TakenOver):
        kind.queue.finish(row)
    assert not kind.queue.cancel(row, kind.cancelled)
    assert (state(row), getattr(row, kind.queue.progress)) == (kind.cancelled, 1)


@each
@pytest.mark.django_db
def test_taken_up_again_it_begins_anew_unless_what_is_there_stays(kind: Kind, cast: Cast) -> None:
    row = claimed(kind, kind.ask(cast))
    kind.queue.tell(row, 1)
    silenced(kind, row)
    assert getattr(claimed(kind, row), kind.queue.progress) == (1 if kind.queue.goes_on else 0)


@each
@pytest.mark.django_db
def test_left_by_its_worker_it_is_taken_up_at_once(kind: Kind, cast: Cast) -> None:
    row = claimed(kind, kind.ask(cast))
    kind.queue.leave(row)
    assert claimed(kind, row).pk == row.pk


@each_counted
@pytest.mark.django_db
def test_workers_that_die_over_it_are_counted(kind: Kind, cast: Cast) -> None:
    row = kind.ask(cast)
    rows = kind.queue.model._default_manager.filter(kind.queue.worn_out())
    for _attempt in range(MOST_ATTEMPTS):
        assert not rows.exists()
        row = silenced(kind, claimed(kind, row))
    assert list(rows) == [row]


@pytest.mark.django_db
def test_ended_it_may_wait_anew_as_if_asked_for_now(cast: Cast) -> None:
    kind = KINDS["a report's job"]
    row = claimed(kind, kind.ask(cast))
    assert not kind.queue.start_again(row, ended_in=kind.cancelled)
    kind.queue.cancel(row, kind.cancelled)
    assert kind.queue.claim(row.pk) is None
    assert kind.queue.start_again(row, ended_in=kind.cancelled)
    again = claimed(kind, row)
    assert getattr(again, kind.queue.attempts) == 1
