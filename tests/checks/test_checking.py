"""What is done with a check, by whom, in which state."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from controls.checks import opening, verbs
from controls.checks.evidence import attach_to_check, detach_from_check
from controls.follow_ups.people import NotYours
from controls.models import Check, Evidence
from controls.plan_controls.verbs import change_control, drop_control
from controls.transitions import CHECK
from controls.year import run
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models import User
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded
from tests.cast import Cast, make_user
from tests.checks.checks import make_check, monthly
from tests.follow_ups.test_two_at_once import in_parallel

DUE = date(2025, 9, 30)


@pytest.fixture
def check(cast: Cast, today: date) -> Check:
    return make_check(monthly(cast), DUE)


def fresh(check: Check) -> Check:
    return Check.objects.get(pk=check.pk)


def in_state(cast: Cast, state: str, **fields: Any) -> Check:
    given: dict[str, dict[str, Any]] = {
        "planned": {}, "in_progress": {},
        "done": {"performed_on": date(2025, 9, 5), "performed_by": cast.karin, "conclusion": "no_deviations"},
        "missed": {"missed_at": "2025-09-05T10:00:00+02:00"},
    }  # fmt: skip
    return make_check(monthly(cast), DUE, state=state, **given[state], **fields)


def row_of(check: Check) -> Evidence:
    return Evidence.objects.create(
        occasion=check, name="b.txt", file="evidence/b.txt", size=1, sha256="0" * 64, uploaded_at=clock.now()
    )


def detached(check: Check, by: User) -> Check:
    detach_from_check(row_of(check), by=by, reason="Fel fil")
    return fresh(check)


ACTS: dict[str, Any] = {
    "start": lambda check, by: verbs.start(check, by=by),
    "complete": lambda check, by: verbs.complete(check, by=by, conclusion="no_deviations"),
    "mark_missed": lambda check, by: verbs.mark_missed(check, by=by, reason="Systemet låg nere"),
    "move": lambda check, by: verbs.move(check, by=by, due_on=date(2025, 10, 3), reason="Ny rutin"),
    "perform_late": lambda check, by: verbs.perform_late(check, by=by, conclusion="no_deviations", note="Semester"),
    "attach": lambda check, by: attach_to_check(check, by=by, file=SimpleUploadedFile("a.txt", b"Granskat.")) and fresh(check),
    "detach": detached,
    "assign": lambda check, by: verbs.assign(check, check.unit.memberships.get(role="manager").user, by=by),
}
WHO = {
    "start": "karin johan eva", "complete": "karin johan eva", "mark_missed": "karin johan eva",
    "perform_late": "karin johan eva", "attach": "karin johan eva", "detach": "karin johan eva",
    "move": "johan eva", "assign": "johan eva",
}  # fmt: skip


def test_every_verb_of_the_table_is_tried() -> None:
    assert set(ACTS) == set(WHO) == set(CHECK.verbs) == set(verbs.VERB_LABELS)


@pytest.mark.parametrize("person", ["eva", "karin", "johan", "ake", "siv", "bo", "nils"])
@pytest.mark.parametrize("state", CHECK.states)
@pytest.mark.parametrize("verb", CHECK.verbs)
def test_a_verb_in_a_state_by_a_role(cast: Cast, today: date, verb: str, state: str, person: str) -> None:
    check, by = in_state(cast, state), User.objects.get(pk=getattr(cast, person).pk)
    answer = CHECK.answer(state, verb)
    allowed = person in WHO[verb].split()
    assert (verbs.CHECKS.why_not(check, verb, by) is None) == (allowed and hasattr(answer, "to_state"))
    if not allowed:
        with pytest.raises(NotPermitted):
            ACTS[verb](check, by)
    elif not hasattr(answer, "to_state"):
        with pytest.raises(NotInThisState):
            ACTS[verb](check, by)
    else:
        assert ACTS[verb](check, by).state == answer.to_state
        entry = (fresh(check).performed_late if verb == "perform_late" else fresh(check)).history.first()
        assert (entry.history_user, bool(entry.history_change_reason)) == (by, True)


def test_a_colleague_s_check_is_not_a_control_owner_s_to_record(cast: Cast, check: Check) -> None:
    other = make_user("Kim Kollega", cast.board, "control_owner")
    with pytest.raises(NotYours, match="Karin"):
        verbs.complete(check, by=other, conclusion="no_deviations")


def test_nobody_s_check_becomes_the_person_s_who_takes_it(cast: Cast, today: date) -> None:
    check = make_check(monthly(cast), DUE, performer=None)
    assert verbs.start(check, by=cast.karin).performer == cast.karin


def test_without_a_deviation_the_conclusion_is_enough(cast: Cast, check: Check) -> None:
    done = verbs.complete(check, by=cast.karin, conclusion="no_deviations")
    assert (done.state, done.performed_on, done.performed_by, done.note) == ("done", date(2025, 9, 8), cast.karin, "")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"conclusion": "minor_deviations"}, "note"),
        ({"conclusion": "could_not_be_performed", "note": "  "}, "note"),
        ({"conclusion": "ongoing", "note": "Fortsätter"}, "conclusion"),
        ({"conclusion": "", "note": "Text"}, "conclusion"),
        ({"conclusion": "no_deviations", "performed_on": date(2025, 9, 9)}, "performed_on"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(cast: Cast, check: Check, given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        verbs.complete(check, by=cast.karin, **given)
    assert list(wrong.value.message_dict) == [field]
    assert fresh(check).state == "planned"


def test_that_it_was_missed_needs_a_reason_and_keeps_it(cast: Cast, check: Check) -> None:
    with pytest.raises(ReasonNeeded):
        verbs.mark_missed(check, by=cast.karin, reason=" ")
    assert verbs.mark_missed(check, by=cast.karin, reason="Ingen lönekörning").note == "Ingen lönekörning"


def test_a_missed_check_that_is_performed_afterwards_says_so_once_and_stays_missed(cast: Cast, today: date) -> None:
    check = in_state(cast, "missed")
    with pytest.raises(ValidationError, match="note"):
        verbs.perform_late(check, by=cast.karin, conclusion="no_deviations", note=" ")
    given: dict[str, Any] = {"conclusion": "minor_deviations", "note": "Sjukdom", "performed_on": date(2025, 9, 6)}
    verbs.perform_late(check, by=cast.karin, **given)
    with pytest.raises(ValidationError, match="redan"):
        verbs.perform_late(check, by=cast.johan, **given)
    kept = fresh(check)
    assert (kept.state, kept.performed_on, kept.performed_late.recorded_by) == ("missed", None, cast.karin)


@pytest.mark.parametrize("state", ["done", "missed"])
def test_the_database_refuses_to_change_or_delete_what_stands(cast: Cast, today: date, state: str) -> None:
    check = in_state(cast, state)
    for change in ({"note": "Ändrad"}, {"state": "planned", "performed_on": None}, {"due_on": date(2025, 8, 1)}):
        with pytest.raises(DatabaseError, match="stands"), transaction.atomic():
            Check.objects.filter(pk=check.pk).update(**change)
    with pytest.raises(DatabaseError, match="stands"), transaction.atomic():
        Check.objects.filter(pk=check.pk).delete()
    assert fresh(check).state == state


def test_the_database_refuses_a_done_check_without_what_it_came_to(cast: Cast, check: Check) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Check.objects.filter(pk=check.pk).update(state="done", performed_on=date(2025, 9, 1))


def test_moved_it_is_due_another_day_and_no_second_one_is_opened(cast: Cast, check: Check) -> None:
    row = verbs.move(check, by=cast.eva, due_on=date(2025, 10, 6), reason="Lönekörningen är sen")
    assert (row.due_on, row.last_day, row.nominal_on) == (date(2025, 10, 6), date(2025, 10, 20), DUE)
    run.run(date(2025, 10, 10))
    assert Check.objects.filter(control=check.control, nominal_on=DUE).count() == 1


def test_moved_to_close_before_the_next_it_is_missed_when_that_is_due(cast: Cast, check: Check) -> None:
    assert verbs.move(check, by=cast.eva, due_on=date(2025, 10, 27), reason="Sent").last_day == date(2025, 10, 30)


def test_it_is_not_moved_into_the_past(cast: Cast, check: Check) -> None:
    with pytest.raises(ValidationError, match="due_on"):
        verbs.move(check, by=cast.eva, due_on=date(2025, 9, 7), reason="Fel")


def test_somebody_without_the_role_cannot_be_handed_a_check(cast: Cast, check: Check) -> None:
    with pytest.raises(ValidationError, match="Bo Svensson"):
        verbs.assign(check, cast.bo, by=cast.johan)


def test_a_form_opened_before_another_s_save_is_refused(cast: Cast, check: Check) -> None:
    opened = version_of(check)
    verbs.start(check, by=cast.karin)
    with pytest.raises(Stale):
        verbs.complete(check, by=cast.johan, conclusion="no_deviations", version=opened)


def test_a_deputy_records_it_for_the_absent(cast: Cast, check: Check) -> None:
    from riskreg.models import Deputyship

    deputy = make_user("Dora Vikarie", cast.school_board, "control_owner")
    Deputyship.objects.create(absent=cast.karin, deputy=deputy, first_day=date(2025, 9, 1), last_day=date(2025, 9, 14))
    assert check in Check.objects.waiting_on(deputy)
    done = verbs.complete(check, by=deputy, conclusion="no_deviations")
    assert (done.performer, done.performed_by) == (cast.karin, deputy)
    assert done.history.first().history_acting_for == cast.karin.name


def test_of_a_performer_and_the_scheduler_at_once_one_decides(transactional_db: None, settings: Any) -> None:
    from tests.cast import make_cast

    cast = make_cast()
    settings.RISKREG_TODAY = date(2025, 10, 20)
    control = monthly(cast)
    for number in range(6):
        check = make_check(control, date(2025, 10, 1), nominal_on=date(2025, 10, 1 + number), last_day=date(2025, 10, 15))
        by = User.objects.get(pk=cast.karin.pk)
        in_parallel(
            partial(verbs.complete, check, by=by, conclusion="no_deviations"),
            lambda: opening.mark_missed(date(2025, 10, 20)),
        )
        kept = fresh(check)
        assert kept.state in {"done", "missed"}
        assert list(kept.history.values_list("state", flat=True)) == [kept.state, "planned"]


def test_who_leaves_hands_over_open_checks(cast: Cast, check: Check) -> None:
    from riskreg.people.handing_over import held_by

    assert {held.holding.name: held.count for held in held_by(cast.karin)} == {"controls": 1, "checks": 1}


def test_a_control_s_new_performer_gets_the_checks_that_nobody_has_started(cast: Cast, check: Check) -> None:
    other = make_user("Kim Kollega", cast.board, "control_owner")
    started = make_check(check.control, date(2025, 10, 31), state="in_progress")
    change_control(check.control, by=cast.eva, performer=other)
    assert (fresh(check).performer, fresh(started).performer) == (other, cast.karin)


def test_a_dropped_control_s_checks_go_with_it_but_for_what_was_begun(cast: Cast, check: Check) -> None:
    started = make_check(check.control, date(2025, 10, 31), state="in_progress")
    cast.plan.state = "draft"
    cast.plan.save()
    drop_control(check.control, by=cast.eva, reason="Ersatt av ett bättre moment")
    assert list(check.control.checks.all()) == [started]
