"""Several people in the same sample, each with a real connection to the database."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from controls.checks.verbs import complete
from controls.follow_ups.completeness import Incomplete
from controls.follow_ups.verbs import submit
from controls.models import FollowUp, Sample, SampleItem
from controls.sampling.drawing.verbs import close, extend
from controls.sampling.samples import outcomes
from controls.sampling.samples.outcomes import Found, Taken
from controls.sampling.samples.work_file_back import ReadBack, read_back
from riskreg.models import User
from riskreg.verbs.errors import NotInThisState
from tests.cast import Cast, make_cast
from tests.checks.checks import make_check
from tests.follow_ups.follow_ups import in_state
from tests.follow_ups.test_two_at_once import again, in_parallel
from tests.sampling.samples import drawn_sample, examine
from tests.waiting import wait_until


@pytest.fixture
def people(transactional_db: None, today: object) -> Cast:
    return make_cast()


def test_of_two_outcomes_of_one_item_one_wins_and_the_other_is_told(people: Cast) -> None:
    sample = drawn_sample(in_state(people, "in_progress"), size=3)
    item = SampleItem.objects.get(sample=sample, position=1)
    results = in_parallel(
        lambda: outcomes.log(item, by=again(people.karin), found=Found("ok", "Karins"), version=1),
        lambda: outcomes.log(item, by=again(people.eva), found=Found("deviation", "Evas"), version=1),
    )
    taken = [result for result in results if isinstance(result, Taken)]
    saved = [result for result in results if isinstance(result, SampleItem)]
    assert (len(taken), len(saved)) == (1, 1), results
    kept = SampleItem.objects.get(pk=item.pk)
    assert (kept.note, kept.version) == (saved[0].note, 2)
    assert taken[0].item.note == kept.note


def test_people_at_different_items_do_not_hinder_each_other(people: Cast) -> None:
    sample = drawn_sample(in_state(people, "in_progress"), size=6)
    items = {item.position: item for item in SampleItem.objects.filter(sample=sample)}
    users = [people.karin, people.eva, people.johan]
    results = in_parallel(
        *[
            lambda who=who, place=place: [
                outcomes.log(items[place * 2 + n], by=again(who), found=Found("ok"), version=1) for n in (1, 2)
            ]
            for place, who in enumerate(users)
        ]
    )
    assert [len(result) for result in results] == [2, 2, 2]
    assert outcomes.progress_of(sample).examined == 6


def test_of_two_work_files_read_back_at_once_one_is_refused_whole(people: Cast) -> None:
    sample = drawn_sample(in_state(people, "in_progress"), size=3)

    def file(word: str) -> io.BytesIO:
        rows = [f"{n};{20000 + n}|2025-05;{word};{word};1" for n in (1, 2, 3)]
        return io.BytesIO("\n".join(["Nr;Nyckel;Utfall;Anteckning;Version", *rows]).encode())

    results = in_parallel(
        lambda: read_back(sample, by=again(people.karin), file=file("Rätt"), filename="a.csv"),
        lambda: read_back(sample, by=again(people.eva), file=file("Avvikelse"), filename="b.csv"),
    )
    assert sum(isinstance(result, ReadBack) for result in results) == 1, results
    assert len(set(SampleItem.objects.filter(sample=sample).in_sample().values_list("outcome", flat=True))) == 1


# What stands on a sample does not move under it. The first of each pair is done but not yet committed when the second begins.


def one_inside_the_other(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """What each returned or raised; the first keeps its transaction open until the second is past it, or waits for it."""
    is_done, is_past = threading.Event(), threading.Event()
    asked: list[str] = []

    def noted(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        asked.append(sql)
        return execute(sql, *others)

    def waits() -> bool:
        if connection.vendor == "sqlite":
            # The first has written, so that nobody else's transaction begins.
            return any(sql.startswith("BEGIN") for sql in asked)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    def held() -> Any:
        with transaction.atomic():
            try:
                return first()
            finally:
                is_done.set()
                wait_until(lambda: is_past.is_set() or waits(), lambda: f"the second is past the first or waits: {asked}")

    def after() -> Any:
        assert is_done.wait(timeout=20)
        try:
            with connection.execute_wrapper(noted):
                return second()
        finally:
            is_past.set()

    return in_parallel(held, after)


def drawn_and_examined(people: Cast) -> tuple[FollowUp, SampleItem]:
    follow_up = in_state(people, "in_progress")
    sample = drawn_sample(follow_up, size=3)
    # Nothing can be shown by three, so the conclusion departs from what is suggested, and says why.
    FollowUp.objects.filter(pk=follow_up.pk).update(conclusion_reason="Alla poster granskades även av revisionen.")
    examine(sample, {}, by=people.karin)
    return follow_up, SampleItem.objects.get(sample=sample, position=1)


def deviation(item: SampleItem, by: User) -> SampleItem:
    return outcomes.log(item, by=again(by), found=Found("deviation", "Saknar attest"))


def test_no_outcome_slips_in_while_the_follow_up_is_handed_in(people: Cast) -> None:
    follow_up, item = drawn_and_examined(people)
    handed_in, logged = one_inside_the_other(
        lambda: submit(follow_up, by=again(people.karin)), lambda: deviation(item, people.eva)
    )
    assert isinstance(handed_in, FollowUp), handed_in
    assert isinstance(logged, NotInThisState), logged
    assert SampleItem.objects.get(pk=item.pk).outcome == "ok"


def test_a_follow_up_is_handed_in_on_the_outcomes_that_were_being_written(people: Cast) -> None:
    follow_up, item = drawn_and_examined(people)
    FollowUp.objects.filter(pk=follow_up.pk).update(conclusion_reason="")
    logged, handed_in = one_inside_the_other(
        lambda: [deviation(each, people.eva) for each in SampleItem.objects.filter(sample=item.sample).in_sample()],
        lambda: submit(follow_up, by=again(people.karin)),
    )
    assert len(logged) == 3, logged
    assert isinstance(handed_in, Incomplete), handed_in
    assert FollowUp.objects.get(pk=follow_up.pk).state == "in_progress"


def test_no_outcome_slips_in_while_the_check_is_recorded(people: Cast) -> None:
    follow_up, item = drawn_and_examined(people)
    check = make_check(follow_up.control, date(2025, 9, 15), performer=people.karin)
    Sample.objects.filter(pk=item.sample_id).update(occasion=check, follow_up=None)
    item = SampleItem.objects.get(pk=item.pk)
    recorded, logged = one_inside_the_other(
        lambda: complete(check, by=again(people.karin), conclusion="no_deviations"), lambda: deviation(item, people.eva)
    )
    assert recorded.state == "done", recorded
    assert isinstance(logged, NotInThisState), logged
    assert SampleItem.objects.get(pk=item.pk).outcome == "ok"


@pytest.mark.parametrize("way", ["one", "file"])
def test_no_outcome_slips_in_while_the_sample_is_closed(people: Cast, way: str) -> None:
    _follow_up, item = drawn_and_examined(people)
    file = "Nr;Nyckel;Utfall;Anteckning;Version\n1;20001|2025-05;Avvikelse;Saknar attest;2\n"
    closed, logged = one_inside_the_other(
        lambda: close(item.sample, by=again(people.karin)),
        lambda: (
            deviation(item, people.eva)
            if way == "one"
            else read_back(item.sample, by=again(people.eva), file=io.BytesIO(file.encode()), filename="a.csv")
        ),
    )
    assert closed.state == "closed", closed
    assert isinstance(logged, NotInThisState), logged
    assert SampleItem.objects.get(pk=item.pk).outcome == "ok"


def test_a_sample_is_not_extended_while_the_follow_up_is_handed_in(people: Cast) -> None:
    follow_up, item = drawn_and_examined(people)
    handed_in, extended = one_inside_the_other(
        lambda: submit(follow_up, by=again(people.karin)),
        lambda: extend(item.sample, by=again(people.eva), count=1, reason="En till"),
    )
    assert isinstance(handed_in, FollowUp), handed_in
    assert isinstance(extended, NotInThisState), extended
    assert SampleItem.objects.filter(sample=item.sample).in_sample().count() == 3
