"""Rules that a person composed, in their life as watched rules: alerts, versions, a second person, and what stops them."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from controls.models import Alert, Register, Watch
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers import verbs as registers
from controls.monitoring.watching import alerts, watches
from controls.monitoring.watching.gate import NotTheFirst
from controls.monitoring.watching.words import facts_in_a_line, watch_sentence
from riskreg.access.verbs import NotPermitted
from riskreg.verbs.errors import ReasonNeeded, Refused
from tests.cast import Cast
from tests.monitoring.registers.scene import AUGUST, JULY, JUNE, a_register, described, fed
from tests.monitoring.watching.composing import (
    BYGG,
    COMPANIES,
    NAME,
    ROR,
    STAD,
    companies,
    composed,
    definition,
)
from tests.monitoring.watching.scene import let_the_worker_run, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("today")]
WATCHED = KINDS["watched"]


@pytest.fixture
def register(cast: Cast, today: date) -> Register:
    return a_register(cast.board, cast.johan, kind="watched", name="Kreditbevakning")


@pytest.fixture
def now(register: Register, cast: Cast) -> Register:
    companies(register, cast.karin, BYGG, STAD, ROR, as_of=AUGUST)
    return register


# What each comparison tells


def test_a_composed_rule_is_watched_as_a_ready_one_is(cast: Cast, now: Register) -> None:
    made = composed(now, cast.johan, definition("score", "under", "40"))
    assert (made.state, made.history.latest().history_user) == ("on", cast.johan)
    let_the_worker_run()
    assert told(now) == {"Städ i Väst AB": "new"}
    alert = Alert.objects.get()
    assert facts_in_a_line(alert) == "Poäng: 30"
    alerts.explain(alert, by=cast.karin, reason="Känt")
    companies(now, cast.karin, BYGG, (*STAD[:3], "20", *STAD[4:]), ROR, as_of=date(2025, 9, 5))
    let_the_worker_run()
    assert told(now) == {"Städ i Väst AB": "new"}
    assert Alert.objects.get().times_returned == 1


def test_it_is_composed_anew_with_a_reason_and_every_version_stays(cast: Cast, now: Register) -> None:
    made = composed(now, cast.johan, definition("score", "under", "40"))
    with pytest.raises(ReasonNeeded):
        composed(now, cast.johan, definition("score", "under", "20"), reason=" ", is_new=False)
    composed(now, cast.johan, definition("score", "under", "20"), reason="För många", is_new=False)
    versions = list(made.history.order_by("history_id").values_list("definition", flat=True))
    assert [one["tells"]["value"] for one in versions] == ["40", "40", "20", "20"]
    assert "För många" in list(made.history.values_list("history_change_reason", flat=True))
    let_the_worker_run()
    assert told(now) == {}


def test_a_second_person_switches_it_on_where_the_register_wants_that(cast: Cast, now: Register) -> None:
    registers.change(now, by=cast.johan, described=described("Kreditbevakning", takes_two=True))
    made = composed(now, cast.johan, definition("score", "under", "40"))
    assert made.state == "proposed"
    with pytest.raises(NotTheFirst):
        watches.switch_on(made, by=cast.johan)
    assert watches.switch_on(made, by=cast.eva).is_on
    composed(now, cast.johan, definition("score", "under", "30"), is_new=False)
    assert Watch.objects.get().state == "proposed"


def test_it_stops_loudly_when_its_column_is_gone_and_no_other_does(cast: Cast, now: Register) -> None:
    composed(now, cast.johan, definition("score", "under", "40"))
    composed(now, cast.johan, definition("debt", "over", "10"), rule="own:Skuld")
    let_the_worker_run()
    without = [(*row[:3], *row[4:]) for row in (BYGG, STAD, ROR)]
    fed(now, cast.karin, *without, headings=(*COMPANIES[:3], *COMPANIES[4:]), as_of=date(2025, 9, 5))
    for draft in now.snapshots.filter(state="draft"):
        registers.take(draft, by=cast.johan)
    let_the_worker_run()
    stood = dict(Watch.objects.values_list("rule", "state"))
    assert stood == {NAME: "stopped", "own:Skuld": "on"}
    stopped = Watch.objects.get(rule=NAME)
    assert (stopped.problem, stopped.problem_values["columns"]) == ("column", ["score"])
    with pytest.raises(ValidationError):
        watches.switch_on(stopped, by=cast.johan)


def test_a_heading_that_is_gone_from_a_register_of_ones_own_stops_it(cast: Cast, today: date) -> None:
    register = a_register(cast.board, cast.johan, kind="own", name="Bilar")
    registers.map_columns(register, by=cast.johan, mapping={}, key_columns=["Regnr"])
    fed(register, cast.karin, ("ABC123", "dåligt"), headings=("Regnr", "Skick"), as_of=JUNE)
    made = composed(register, cast.johan, definition("Skick", "is", "dåligt"))
    let_the_worker_run()
    fed(register, cast.karin, ("ABC123", "x"), headings=("Regnr", "Annat"), as_of=JULY)
    for draft in register.snapshots.filter(state="draft"):
        registers.take(draft, by=cast.johan)
    let_the_worker_run()
    made.refresh_from_db()
    assert (made.state, made.problem_values["columns"]) == ("stopped", ["Skick"])
    assert Alert.objects.get().holds


def test_a_definition_that_this_version_does_not_know_stops_it(cast: Cast, now: Register) -> None:
    made = composed(now, cast.johan, definition("score", "under", "40"))
    Watch.objects.filter(pk=made.pk).update(definition={"tells": {"field": "score", "comparison": "liknar"}})
    let_the_worker_run()
    made.refresh_from_db()
    assert (made.state, made.problem, watch_sentence(made)) == ("stopped", "rule", "")


def test_a_new_rule_takes_no_name_that_is_there_and_no_other_one_is_changed(cast: Cast, now: Register) -> None:
    composed(now, cast.johan, definition("score", "under", "40"))
    with pytest.raises(Refused):
        composed(now, cast.johan, definition("debt", "over", "40"))
    with pytest.raises(Refused):
        composed(now, cast.johan, definition("debt", "over", "40"), rule="own:Finns inte", is_new=False)
    with pytest.raises(Refused):
        composed(now, cast.johan, definition("debt", "over", "40"), rule="rating_low")


def test_who_may_not_keep_the_register_composes_nothing(cast: Cast, now: Register) -> None:
    for who in (cast.karin, cast.siv):
        with pytest.raises(NotPermitted):
            composed(now, who, definition("score", "under", "40"))
    made = composed(now, cast.johan, definition("score", "under", "40"))
    with pytest.raises(NotPermitted):
        composed(now, cast.karin, definition("score", "under", "30"), is_new=False)
    made.refresh_from_db()
    assert made.definition["tells"]["value"] == "40"


def test_two_rules_tell_of_the_same_company_each_for_itself(cast: Cast, now: Register) -> None:
    composed(now, cast.johan, definition("score", "under", "40"))
    composed(now, cast.johan, definition("f_tax", "is", "no"), rule="own:Ingen F-skatt")
    let_the_worker_run()
    assert Alert.objects.filter(subject_name="Städ i Väst AB").count() == 2
