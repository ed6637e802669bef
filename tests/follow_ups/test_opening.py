from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controls.follow_ups.opening import OtherMunicipality, open_follow_ups
from controls.models import FollowUp
from riskreg.access.verbs import NotPermitted
from riskreg.models import Role, Unit
from riskreg.verbs.errors import NotInThisState
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_many_risks, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def test_each_control_gets_a_planned_follow_up_with_its_performer_and_the_closings_date(cast: Cast) -> None:
    risk = make_risk(cast.plan, unit=cast.payroll)
    make_control(risk, performer=cast.karin)
    created = open_follow_ups(cast.plan, cast.interim, by=cast.eva).created
    follow_up = FollowUp.objects.get()
    assert [one.pk for one in created] == [follow_up.pk]
    assert (follow_up.state, follow_up.performer, follow_up.unit) == ("planned", cast.karin, cast.payroll)
    assert follow_up.due_on == cast.interim.follow_up_due


def test_opening_twice_makes_none_twice_and_says_how_many_were_there(cast: Cast) -> None:
    make_control(make_risk(cast.plan))
    open_follow_ups(cast.plan, cast.interim, by=cast.eva)
    again = open_follow_ups(cast.plan, cast.interim, by=cast.eva)
    assert (again.created, again.already_there) == ([], 1)


def test_dropped_risks_and_controls_are_left_out(cast: Cast) -> None:
    make_control(make_risk(cast.plan, is_dropped=True))
    make_control(make_risk(cast.plan, "Kvar"), is_dropped=True)
    assert open_follow_ups(cast.plan, cast.interim, by=cast.eva).created == []


def test_what_was_ongoing_at_the_half_year_comes_back_at_the_year_end_with_who_performed_it(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin, frequency="yearly")
    make_follow_up(control, cast.interim, performer=cast.eva, state="in_progress", conclusion="ongoing", result="Pågår")
    opened = open_follow_ups(cast.plan, cast.annual, by=cast.eva)
    successor = FollowUp.objects.get(closing=cast.annual)
    assert (opened.continued, successor.performer, successor.result) == (1, cast.eva, "")


def test_a_yearly_control_concluded_at_the_half_year_is_not_asked_for_again(cast: Cast) -> None:
    yearly = make_control(make_risk(cast.plan, "Årlig"), frequency="yearly")
    each_time = make_control(make_risk(cast.plan, "Varje gång"))
    for control in (yearly, each_time):
        make_follow_up(
            control,
            cast.interim,
            state="submitted",
            result="Klart",
            conclusion="no_deviations",
            submitted_by=cast.karin,
            submitted_at="2025-09-01T10:00:00+02:00",
        )
    open_follow_ups(cast.plan, cast.annual, by=cast.eva)
    assert [row.control for row in FollowUp.objects.filter(closing=cast.annual)] == [each_time]


def test_the_history_says_who_opened_them_and_why(cast: Cast) -> None:
    make_control(make_risk(cast.plan))
    open_follow_ups(cast.plan, cast.interim, by=cast.eva)
    row = FollowUp.objects.get().history.get()
    assert (row.history_user, row.history_user_name) == (cast.eva, "Eva Åström")
    assert str(cast.interim) in row.history_change_reason


@pytest.mark.parametrize("who", ["karin", "ake", "siv", "ulla"])
def test_only_those_who_build_the_units_plans_open_its_follow_ups(who: str, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        open_follow_ups(cast.plan, cast.interim, by=getattr(cast, who))


def test_a_closed_plan_is_left_alone(cast: Cast) -> None:
    cast.plan.state, cast.plan.adopted_on, cast.plan.adopted_paragraph = "closed", "2025-01-15", "§ 12"
    cast.plan.save()
    with pytest.raises(NotInThisState):
        open_follow_ups(cast.plan, cast.interim, by=cast.eva)


def test_a_closing_of_another_municipality_or_year_is_refused(cast: Cast) -> None:
    other = Unit.objects.create(name="Storköpings kommun", kind="municipality")
    with pytest.raises(OtherMunicipality):
        open_follow_ups(cast.plan, make_closing(other, "interim"), by=cast.eva)
    with pytest.raises(OtherMunicipality):
        open_follow_ups(cast.plan, make_closing(cast.municipality, "interim", year=2026), by=cast.eva)


def test_a_manager_opens_those_of_their_own_plan(cast: Cast) -> None:
    make_control(make_risk(cast.school_plan))
    head = make_user("Rut Rektor", cast.school_board, Role.MANAGER)
    assert len(open_follow_ups(cast.school_plan, cast.interim, by=head).created) == 1


def test_opening_writes_in_batches_not_row_by_row(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            open_follow_ups(cast.plan, cast.interim, by=cast.eva)
        return len(queries)

    make_many_risks(cast.plan, 10)
    few = cost()
    make_many_risks(cast.plan, 200)
    assert cost() < few + 25
