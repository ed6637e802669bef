"""A register that goes back, byte for byte, to what an older file said: a snapshot of its own day, in its place in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from controls.models import Register, RegisterSnapshot, SnapshotConfirmation
from controls.monitoring.registers import verbs
from controls.monitoring.registers.changes import before, count_changes
from controls.monitoring.registers.weeding import weed_due
from controls.monitoring.registers.work import perform
from controls.monitoring.watching.runs import is_late
from riskreg import clock
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, SUPPLIERS, a_file, a_register, fed

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
OTHERS = SUPPLIERS[:3]
MORE = (("1005", "Måleri AB", "556036-0793", "", "Lillköping"),)
SEPTEMBER = date(2025, 9, 1)
COMMAND = RegisterSnapshot.Way.COMMAND


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan)


def went_back(register: Register) -> RegisterSnapshot:
    """June's file in June and again in August, another one in July: all by themselves."""
    fed(register, None, as_of=JUNE, way=COMMAND)
    fed(register, None, *OTHERS, as_of=JULY, way=COMMAND)
    return fed(register, None, as_of=AUGUST, way=COMMAND)


def test_a_register_that_goes_back_has_a_snapshot_of_that_day_with_what_changed(register: Register) -> None:
    again = went_back(register)
    assert (again.state, again.as_of, again.row_count) == ("taken", AUGUST, 4)
    there = before(again)
    assert there is not None
    assert there.as_of == JULY
    counts = count_changes(there, again)
    assert (counts.new, counts.gone, counts.changed) == (1, 0, 0)


def test_what_is_the_same_at_that_time_is_one_all_the_same(register: Register) -> None:
    went_back(register)
    for day in (JUNE, JUNE + timedelta(days=3), AUGUST, AUGUST - timedelta(days=2), JUNE - timedelta(days=9)):
        with pytest.raises(verbs.TheSameFile):
            verbs.feed(register, by=None, file=a_file(), as_of=day, way=COMMAND)
    with pytest.raises(verbs.StillTheSame):
        verbs.feed(register, by=None, file=a_file(), as_of=SEPTEMBER, way=COMMAND)
    assert register.snapshots.count() == 3
    assert SnapshotConfirmation.objects.get().snapshot.as_of == AUGUST


def test_the_refusal_says_what_to_do_when_the_register_has_gone_back(register: Register, cast: Cast) -> None:
    fed(register, None, as_of=JUNE, way=COMMAND)
    with pytest.raises(verbs.TheSameFile) as only:
        verbs.feed(register, by=cast.karin, file=a_file(), as_of=JUNE)
    assert "gått tillbaka" not in str(only.value)
    fed(register, None, *OTHERS, as_of=JULY, way=COMMAND)
    with pytest.raises(verbs.TheSameFile) as known:
        verbs.feed(register, by=cast.karin, file=a_file(), as_of=JUNE)
    assert "gått tillbaka" in str(known.value)


def test_a_person_who_hands_in_an_older_file_is_asked_whether_the_register_went_back(register: Register, cast: Cast) -> None:
    fed(register, cast.karin, as_of=JUNE)
    fed(register, cast.karin, *OTHERS, as_of=JULY)
    draft = fed(register, cast.karin, as_of=AUGUST)
    assert draft.asks == [{"code": "went_back", "day": JUNE.isoformat()}]
    with pytest.raises(verbs.TheSameFile):
        verbs.feed(register, by=cast.karin, file=a_file(), as_of=SEPTEMBER)
    _row, [run] = verbs.map_columns(register, by=cast.johan, mapping=dict(draft.mapping))
    assert perform(run.pk)
    draft.refresh_from_db()
    assert [ask["code"] for ask in draft.asks] == ["went_back"]
    assert verbs.take(draft, by=cast.johan).is_taken


def test_its_table_is_stored_once_and_weeding_the_older_leaves_the_later(register: Register, cast: Cast) -> None:
    again = went_back(register)
    older = register.snapshots.get(as_of=JUNE)
    paths = [Path(one.file.path) for one in (older, again)]
    assert older.sha256 == again.sha256
    assert paths[0] != paths[1]
    assert paths[0].stat().st_ino == paths[1].stat().st_ino
    with transaction.atomic():
        verbs.change(register, by=cast.johan, described=verbs.Described(register.name, register.source_system, 1))
    assert weed_due(datetime(2025, 9, 1, tzinfo=UTC)) == 2
    paths[0].unlink(missing_ok=True)  # as at the end of the transaction, which the test's own holds open
    assert count_changes(again, again).after == 4
    with pytest.raises(verbs.StillTheSame):
        verbs.feed(register, by=None, file=a_file(), as_of=SEPTEMBER, way=COMMAND)


def test_a_damaged_file_is_not_shared(register: Register) -> None:
    older = fed(register, None, as_of=JUNE, way=COMMAND)
    fed(register, None, *OTHERS, as_of=JULY, way=COMMAND)
    Path(older.file.path).write_bytes(b"another")
    again = fed(register, None, as_of=AUGUST, way=COMMAND)
    assert count_changes(again, again).after == 4


def test_what_comes_late_takes_its_place_in_time_and_no_rule_is_run_on_it(register: Register) -> None:
    fed(register, None, as_of=JUNE, way=COMMAND)
    fed(register, None, *OTHERS, as_of=JULY, way=COMMAND)
    fed(register, None, *OTHERS, *MORE, as_of=SEPTEMBER, way=COMMAND)
    late = fed(register, None, as_of=AUGUST, way=COMMAND)
    assert late.is_taken
    assert is_late(late)
    newest = register.snapshots.taken().get(as_of=SEPTEMBER)
    assert [before(one) for one in (late, newest)] == [register.snapshots.get(as_of=JULY), late]


def test_the_database_keeps_one_of_a_day_and_one_that_waits(register: Register) -> None:
    older = fed(register, None, as_of=JUNE, way=COMMAND)
    fed(register, None, *OTHERS, as_of=JULY, way=COMMAND)
    values = {"register": register, "original_name": "x", "original_format": "csv", "original_sha256": older.original_sha256}
    values |= {"way": COMMAND, "uploaded_at": clock.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterSnapshot.objects.create(as_of=JUNE, **values)
    RegisterSnapshot.objects.create(as_of=AUGUST, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterSnapshot.objects.create(as_of=SEPTEMBER, **values)
