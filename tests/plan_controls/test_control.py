"""A control in its plan: added, changed, handed over, dropped with why, restored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from controls.indicators.behind_follow_ups.choosing import choose_series
from controls.models import Control, FollowUp, Indicator, IndicatorSeries, Register, ScheduleException, Watch
from controls.monitoring.behind_follow_ups.choosing import choose_watches
from controls.plan_controls import verbs
from controls.plan_controls.rescheduling import Wanted, add_exception, remove_exception, reschedule
from controls.transitions import CONTROL
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Role, User
from riskreg.plans import life
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.plans.test_planning import everyone, in_state, rolled_back

pytestmark = pytest.mark.django_db

YEARS_END = date(2025, 12, 31)
VERBS: dict[str, Callable[[Control, User], Any]] = {
    "add": lambda control, by: verbs.add_control(control.risk, by=by, description="Ny kontroll"),
    "change": lambda control, by: verbs.change_control(control, by=by, description="Annan text"),
    "retain": lambda control, by: verbs.change_control(control, by=by, retention_months=6),
    "hand_over": lambda control, by: verbs.change_control(control, by=by, performer=by),
    "drop": lambda control, by: verbs.drop_control(control, by=by, reason="Ersatt"),
    "restore": lambda control, by: verbs.restore_control(control, by=by),
    "reschedule": lambda control, by: reschedule(control, Wanted("monthly", day_rule="after"), by=by, reason="Helg"),
    "add_exception": lambda control, by: add_exception(control, by=by, nominal_on=YEARS_END, reason="Julledigt"),
    "choose_watches": lambda control, by: choose_watches(control, [made_watch(control)], by=by, reason="Följs"),
    "choose_series": lambda control, by: choose_series(control, [made_series(control)], by=by, reason="Följs"),
    "remove_exception": lambda control, by: remove_exception(made_exception(control), by=by),
}


def made_exception(control: Control) -> ScheduleException:
    return ScheduleException.objects.create(control=control, nominal_on=YEARS_END, kind="skip", reason="Julledigt")


def made_watch(control: Control) -> Watch:
    """A watched rule, made without history: what the verb writes stands alone there."""
    unit = control.risk.plan.unit
    register = Register(unit=unit, kind="operations", name="Verksamheter", source_system="Excel")
    Register.objects.bulk_create([register])
    watch = Watch(register=register, rule="plan_missing", state="on", seen_at=unit, proposed_by=User.objects.earliest("pk"))
    return Watch.objects.bulk_create([watch])[0]


def made_series(control: Control) -> IndicatorSeries:
    """A series of an indicator, made without history, as the watched rule."""
    unit = control.risk.plan.unit
    indicator = Indicator(unit=unit, name="Löneskulder", measures="Antal", unit_of_measure="st", source="Lönesystemet")
    Indicator.objects.bulk_create([indicator])
    day, person = date(2025, 1, 1), User.objects.earliest("pk")
    series = IndicatorSeries(indicator=indicator, unit=unit, responsible=person, begins_on=day, due_on=day)
    return IndicatorSeries.objects.bulk_create([series])[0]


@pytest.mark.parametrize("verb", CONTROL.verbs)
@pytest.mark.parametrize("state", CONTROL.states)
def test_each_verb_in_each_state_for_each_role_here_and_elsewhere(cast: Cast, verb: str, state: str, today: date) -> None:
    control = make_control(make_risk(cast.plan), frequency="monthly", is_dropped=verb == "restore")
    in_state(cast.plan, state)
    for person, is_here in everyone(cast):
        with rolled_back():
            control = Control.objects.get(pk=control.pk)
            if not is_here or Role(person.memberships.get().role) not in ROLES_OF_VERB[Verb.CHANGE_PLAN]:
                with pytest.raises(NotPermitted):
                    VERBS[verb](control, person)
            elif verb not in CONTROL.verbs_from(state):
                with pytest.raises(NotInThisState):
                    VERBS[verb](control, person)
            else:
                VERBS[verb](control, person)


def test_dropping_demands_a_reason_and_takes_the_planned_follow_ups_with_it(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    untouched, begun = make_follow_up(control, cast.interim), make_follow_up(control, cast.annual, state="in_progress")
    with pytest.raises(ReasonNeeded):
        verbs.drop_control(control, by=cast.eva, reason="")
    verbs.drop_control(control, by=cast.eva, reason="Ersatt av registerkontroll")
    assert list(FollowUp.objects.filter(control=control)) == [begun]
    gone = FollowUp.history.filter(id=untouched.pk).first()
    assert (gone.history_type, gone.history_change_reason) == ("-", "Ersatt av registerkontroll")
    with pytest.raises(Refused):
        verbs.change_control(control, by=cast.eva, description="Ny")


def test_a_dropped_risk_asks_nobody_for_a_follow_up(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    make_follow_up(make_control(risk, performer=cast.karin), cast.interim)
    life.drop_risk(risk, by=cast.eva, reason="Inte aktuell")
    assert not FollowUp.objects.waiting_on(cast.karin).exists()


def test_a_planned_follow_up_goes_to_the_new_performer_and_a_begun_one_stays(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    untouched, begun = make_follow_up(control, cast.interim), make_follow_up(control, cast.annual, state="in_progress")
    verbs.change_control(control, by=cast.eva, performer=cast.johan, reason="Karin är föräldraledig")
    untouched.refresh_from_db()
    begun.refresh_from_db()
    assert (untouched.performer, begun.performer) == (cast.johan, cast.karin)


def test_a_control_says_what_is_done(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        verbs.add_control(make_risk(cast.plan), by=cast.eva, description="")


def test_a_save_on_top_of_anothers_is_refused(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan))
    opened = version_of(control)
    verbs.change_control(control, by=cast.eva, target="Högst 1 procent", version=opened)
    with pytest.raises(Stale):
        verbs.change_control(control, by=cast.johan, target="Högst 3 procent", version=opened)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Stickprov av attest.", "Stickprov av attest."),
        ("stickprovet dras i maj.", "stickprovet dras i maj."),
        ("Attester granskas.", "Stickprov: Attester granskas."),
    ],
)
def test_the_method_is_said_before_what_is_examined_but_not_twice(description: str, said: str) -> None:
    assert Control(method="sampling", description=description).in_words == said
