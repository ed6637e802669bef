"""Nobody approves a follow-up to which they contributed, by whatever kind of work, and whoever changed it after them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.checks import verbs as checks
from controls.checks.evidence import attach_to_check
from controls.follow_ups import verbs
from controls.follow_ups.actions import mark_action_done
from controls.follow_ups.contributors import contributors
from controls.follow_ups.draft import Decision, Draft, Measure
from controls.follow_ups.evidence import attach, detach
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.people import NotYours, approvable, approvers_of
from controls.models import Action, Check, Conclusion, FollowUp, LatePerformance
from riskreg.models import Deputyship, Role, User
from tests.cast import Cast, make_user
from tests.checks.checks import make_check
from tests.follow_ups.follow_ups import fresh, in_state, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

DRAFT = Draft(result="Skrivet av Karin, av ingen annan.", conclusion=Conclusion.NO_DEVIATIONS)
FEBRUARY = date(2025, 2, 28)


@pytest.fixture
def maja(cast: Cast) -> User:
    """A second manager, who has had nothing to do with it."""
    return make_user("Maja Lund", cast.board, Role.MANAGER)


def edit(follow_up: FollowUp, by: User) -> None:
    verbs.save_draft(follow_up, by=by, draft=Draft(result="Chefens ord.", conclusion=Conclusion.NO_DEVIATIONS))


def decide(follow_up: FollowUp, by: User) -> None:
    decision = Decision(Action.Kind.MEASURE, measures=(Measure("Ny rutin", by.pk, date(2025, 11, 1)),))
    verbs.save_draft(follow_up, by=by, draft=Draft(result=follow_up.result, conclusion="minor_deviations", decision=decision))


def attach_and_detach(follow_up: FollowUp, by: User) -> None:
    file = SimpleUploadedFile("underlag.txt", b"Underlag")
    detach(attach(follow_up, by=by, file=file), by=by, reason="Fel fil")


def mark_an_action_done(follow_up: FollowUp, by: User) -> None:
    karin = follow_up.performer
    assert karin is not None
    decision = Decision(Action.Kind.MEASURE, measures=(Measure("Ny rutin", karin.pk, date(2025, 11, 1)),))
    verbs.save_draft(follow_up, by=karin, draft=Draft(result="Text.", conclusion="minor_deviations", decision=decision))
    mark_action_done(follow_up.actions.get(), by=by, done_on=date(2025, 9, 5), effect="Inga fler fel.")


def check_in_the_period(follow_up: FollowUp, by: User) -> None:
    checks.complete(make_check(follow_up.control, FEBRUARY), by=by, conclusion="no_deviations")


def check_missed_and_performed_late(follow_up: FollowUp, by: User) -> None:
    missed = make_check(follow_up.control, FEBRUARY, state=Check.State.MISSED, missed_at=follow_up.history.latest().history_date)
    checks.perform_late(missed, by=by, conclusion="no_deviations", note="Glömdes bort")


def file_of_a_check(follow_up: FollowUp, by: User) -> None:
    check = make_check(follow_up.control, FEBRUARY)
    attach_to_check(check, by=by, file=SimpleUploadedFile("underlag.txt", b"Underlag"))


WORK: dict[str, Callable[[FollowUp, User], None]] = {
    "edit": edit,
    "decide": decide,
    "attach and detach": attach_and_detach,
    "action done": mark_an_action_done,
    "check": check_in_the_period,
    "late check": check_missed_and_performed_late,
    "file of a check": file_of_a_check,
}


def submitted_by_karin(cast: Cast, follow_up: FollowUp) -> FollowUp:
    """The text is Karin's again, and nothing in the row itself names anybody else."""
    verbs.submit(fresh(follow_up), by=cast.karin, draft=DRAFT)
    found = fresh(follow_up)
    assert {found.performer, found.last_edited_by, found.submitted_by} == {cast.karin}
    return found


def is_barred(follow_up: FollowUp, person: User) -> bool:
    """Whether the person may not approve it: asked of the rule, of the list and of the names, which have to agree."""
    try:
        FOLLOW_UPS.ask_possible(follow_up, "approve", person)
        barred = False
    except NotYours:
        barred = True
    assert FollowUp.objects.filter(approvable(person), pk=follow_up.pk).exists() is not barred
    assert (person in approvers_of(follow_up)) is not barred
    return barred


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_who_did_part_of_it_does_not_approve_it(work: Callable[[FollowUp, User], None], cast: Cast, maja: User) -> None:
    follow_up = in_state(cast, "in_progress")
    work(follow_up, cast.johan)
    found = submitted_by_karin(cast, follow_up)
    assert is_barred(found, cast.johan)
    assert not is_barred(found, maja)
    with pytest.raises(NotYours, match=r"^Du .*Maja Lund"):
        verbs.approve(found, by=cast.johan)
    assert verbs.approve(found, by=maja).approved_by == maja


def test_a_check_of_another_period_unit_or_control_is_no_part_of_it(cast: Cast) -> None:
    follow_up = in_state(cast, "in_progress")
    other = planned(cast, "En annan risk").control
    for check in (
        make_check(follow_up.control, date(2024, 12, 31)),
        make_check(follow_up.control, date(2025, 9, 1)),
        make_check(follow_up.control, FEBRUARY, unit=cast.payroll),
        make_check(other, FEBRUARY),
    ):
        checks.complete(check, by=cast.johan, conclusion="no_deviations")
    assert not is_barred(submitted_by_karin(cast, follow_up), cast.johan)


def test_the_period_begins_after_the_closing_before(cast: Cast) -> None:
    follow_up = planned(cast, closing=cast.annual)
    checks.complete(make_check(follow_up.control, FEBRUARY), by=cast.johan, conclusion="no_deviations")
    found = submitted_by_karin(cast, follow_up)
    assert not is_barred(found, cast.johan)
    checks.complete(make_check(follow_up.control, date(2025, 9, 1)), by=cast.johan, conclusion="no_deviations")
    assert is_barred(found, cast.johan)


def test_what_was_approved_before_it_was_taken_up_again_counts_no_longer(cast: Cast, maja: User) -> None:
    follow_up = in_state(cast, "in_progress")
    edit(follow_up, cast.johan)
    submitted_by_karin(cast, follow_up)
    verbs.approve(fresh(follow_up), by=maja)
    verbs.reopen(fresh(follow_up), by=maja, reason="En rad saknas")
    verbs.save_draft(fresh(follow_up), by=cast.karin, draft=Draft(result="En rad till.", conclusion="no_deviations"))
    found = submitted_by_karin(cast, follow_up)
    assert not is_barred(found, cast.johan)
    verbs.return_(found, by=maja, reason="Ännu en rad")
    edit(fresh(follow_up), cast.johan)
    assert is_barred(submitted_by_karin(cast, follow_up), cast.johan)


def test_a_deputys_work_is_that_of_both(cast: Cast, maja: User) -> None:
    deputy = make_user("Ulf Vik", cast.school_board, Role.CONTROL_OWNER)
    Deputyship.objects.create(absent=cast.johan, deputy=deputy, first_day=date(2025, 9, 8), last_day=date(2025, 9, 8))
    namesake = make_user("Jan Berg", cast.board, Role.MANAGER)
    namesake.name = "Johan Berg"
    namesake.save()
    follow_up = in_state(cast, "in_progress")
    edit(follow_up, deputy)
    assert follow_up.history.latest().history_acting_for == "Johan Berg"
    found = submitted_by_karin(cast, follow_up)
    assert is_barred(found, cast.johan)
    assert not is_barred(found, namesake)
    assert not is_barred(found, maja)
    assert set(contributors(found)) == {cast.karin.pk, deputy.pk, cast.johan.pk}


def test_who_a_deputy_stood_in_for_is_known_by_the_day_and_whatever_they_are_called_now(cast: Cast) -> None:
    deputy = make_user("Ulf Vik", cast.school_board, Role.CONTROL_OWNER)
    other = make_user("Jan Ber", cast.board, Role.MANAGER)
    Deputyship.objects.create(absent=cast.johan, deputy=deputy, first_day=date(2025, 9, 8), last_day=date(2025, 9, 8))
    Deputyship.objects.create(absent=other, deputy=deputy, first_day=date(2025, 6, 8), last_day=date(2025, 6, 9))
    follow_up = in_state(cast, "in_progress")
    edit(follow_up, deputy)
    found = submitted_by_karin(cast, follow_up)
    cast.johan.name = "Johan Lund"
    cast.johan.save()
    assert is_barred(found, cast.johan)
    assert not is_barred(found, other)


def test_who_wrote_before_the_approval_and_only_reopened_it_may_approve(cast: Cast, maja: User) -> None:
    follow_up = in_state(cast, "in_progress")
    edit(follow_up, maja)
    submitted_by_karin(cast, follow_up)
    verbs.approve(fresh(follow_up), by=cast.johan)
    verbs.reopen(fresh(follow_up), by=maja, reason="En rad saknas")
    verbs.save_draft(fresh(follow_up), by=cast.karin, draft=Draft(result="En rad till.", conclusion="no_deviations"))
    assert not is_barred(submitted_by_karin(cast, follow_up), maja)


def test_returning_handing_over_and_moving_are_no_part_of_the_work(cast: Cast, maja: User) -> None:
    follow_up = submitted_by_karin(cast, in_state(cast, "in_progress"))
    verbs.return_(follow_up, by=cast.johan, reason="Ett ord fattas")
    verbs.assign(fresh(follow_up), maja, by=cast.johan)
    verbs.assign(fresh(follow_up), cast.karin, by=cast.johan)
    check = make_check(follow_up.control, FEBRUARY)
    checks.move(check, by=cast.johan, due_on=date(2025, 9, 12), reason="Semester")
    verbs.save_draft(fresh(follow_up), by=cast.karin, draft=Draft(result="Ett ord.", conclusion="no_deviations"))
    assert not is_barred(submitted_by_karin(cast, follow_up), cast.johan)


def test_asking_costs_one_query_and_the_list_none_more(cast: Cast, django_assert_num_queries: Any) -> None:
    follow_up = FollowUp.objects.select_related("closing", "control").get(pk=in_state(cast, "submitted").pk)
    edit_history = follow_up.history.latest()
    edit_history.history_user = cast.karin
    edit_history.save()
    with django_assert_num_queries(1):
        assert list(contributors(follow_up)) == [cast.karin.pk]


def test_nobody_contributed_to_what_is_not_saved_yet(cast: Cast) -> None:
    assert contributors(FollowUp(unit=cast.board)) == {}


def test_late_performances_are_told_like_other_checks(cast: Cast) -> None:
    follow_up = in_state(cast, "in_progress")
    check_missed_and_performed_late(follow_up, cast.johan)
    check_in_the_period_again = make_check(follow_up.control, date(2025, 3, 31))
    checks.complete(check_in_the_period_again, by=cast.johan, conclusion="no_deviations")
    assert LatePerformance.objects.count() == 1
    assert len(contributors(submitted_by_karin(cast, follow_up))[cast.johan.pk]) == 1
