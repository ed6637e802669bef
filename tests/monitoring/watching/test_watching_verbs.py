"""Verbs of watched rules and of alerts: every state × verb × role from the tables, and what each does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from controls.models import Alert, Evidence, Register, Watch, WatchRun
from controls.monitoring.inquiries.verbs import Asked, ask_about_alert
from controls.monitoring.registers import verbs as registers
from controls.monitoring.rules import RULES
from controls.monitoring.watching import alerts, watches
from controls.monitoring.watching.evidence import attach_to_alert, detach_from_alert
from controls.monitoring.watching.gate import NotTheFirst
from controls.monitoring.watching.limits import of_stored, read, shown, stored
from controls.transitions import ALERT, WATCH
from riskreg import clock
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Membership, Role, User
from riskreg.models.author import RISKREG
from riskreg.models.history import save_with_history
from riskreg.people import leaving
from riskreg.people.handing_over import hand_over, in_words
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_user
from tests.monitoring.registers.scene import JULY, JUNE, a_register, described, fed
from tests.monitoring.watching.scene import (
    HOME_CARE,
    RULE,
    SCHOOL,
    came,
    let_the_worker_run,
    operations,
    the_alert,
    told,
    watched,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

UNTIL = date(2025, 12, 31)
REASON = "Planen skrivs nu."
ASKED = Asked("payment", "company", asked_on=date(2025, 6, 2), due_on=date(2025, 6, 16))
Do = Callable[[Any, User], Any]


def proposed(cast: Cast, *, by: User) -> Watch:
    """A rule that waits for a second person."""
    register = operations(cast)
    registers.change(register, by=cast.johan, described=described("Verksamheter", takes_two=True))
    came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
    return watched(register, by)


def in_state(cast: Cast, state: str) -> Alert:
    """An alert in the state, of a register of the board."""
    register = Register.objects.filter(name="Verksamheter").first()
    if register is None:
        register = operations(cast)
        came(register, cast.karin, HOME_CARE, SCHOOL, as_of=JUNE)
        watched(register, cast.johan)
        let_the_worker_run()
    alert = the_alert("Hemtjänst")
    alert.state, alert.reason = state, "" if state in Alert.OPEN_STATES else REASON
    alert.quiet_until = UNTIL if state == "excluded" else None
    return save_with_history(alert, by=RISKREG, reason="Ställt för provet")


def _evidence_of(alert: Alert) -> Evidence:
    content = f"Svar {Evidence.objects.count()}".encode()
    evidence = Evidence(alert=alert, name="svar.txt", size=6, sha256=sha256(content).hexdigest(), uploaded_at=clock.now())
    evidence.file.save("svar.txt", ContentFile(content), save=False)
    return save_with_history(evidence, by=RISKREG, reason="Ställt för provet")


DO: dict[str, Do] = {
    "examine": lambda alert, by: alerts.examine(alert, by=by),
    "assign": lambda alert, by: alerts.assign(alert, by=by, assignee=User.objects.get(name="Karin Lindqvist")),
    "attach": lambda alert, by: attach_to_alert(alert, by=by, file=SimpleUploadedFile("svar.txt", by.name.encode())),
    "detach": lambda alert, by: detach_from_alert(_evidence_of(alert), by=by, reason=REASON),
    "ask": lambda alert, by: ask_about_alert(alert, by=by, asked=ASKED),
    "confirm": lambda alert, by: alerts.confirm(alert, by=by, reason=REASON),
    "explain": lambda alert, by: alerts.explain(alert, by=by, reason=REASON),
    "dismiss": lambda alert, by: alerts.dismiss(alert, by=by, reason=REASON),
    "sleep": lambda alert, by: alerts.sleep(alert, by=by, reason=REASON, until=UNTIL),
    "exclude": lambda alert, by: alerts.exclude(alert, by=by, reason=REASON, until=UNTIL),
    "reopen": lambda alert, by: alerts.reopen(alert, by=by, reason=REASON),
}


def test_every_verb_of_the_table_is_tried_here() -> None:
    assert set(DO) == set(ALERT.verbs)


@pytest.mark.parametrize(("state", "verb"), list(product(ALERT.states, ALERT.verbs)))
def test_the_table_decides_for_every_role_in_the_own_unit_and_in_another(state: str, verb: str, cast: Cast) -> None:
    transition, wrong = ALERT.answer(state, verb), []
    for role, unit in product(Role, ("own", "other")):
        person = make_user(f"{role.value}-{unit} Prova", cast.board if unit == "own" else cast.school_board, role)
        alert = in_state(cast, state)
        if unit == "other" or role not in ROLES_OF_VERB[Verb(ALERT.right_of(verb))]:
            expected = ("NotPermitted", state)
        elif not isinstance(transition, Transition):
            expected = ("NotInThisState", state)
        else:
            expected = ("done", transition.to_state)
        try:
            DO[verb](alert, person)
            outcome = "done"
        except (NotPermitted, NotInThisState) as refusal:
            outcome = type(refusal).__name__
        happened = (outcome, Alert.objects.get(pk=alert.pk).state)
        if happened != expected:
            wrong.append((role.value, unit, happened, expected))
    assert wrong == []


@pytest.mark.parametrize("verb", [one.verb for one in ALERT.transitions if one.demands_reason])
def test_a_conclusion_demands_its_reason(verb: str, cast: Cast) -> None:
    transition = next(one for one in ALERT.transitions if one.verb == verb)
    alert = in_state(cast, transition.from_states[0])
    more = {"until": UNTIL} if verb == "exclude" else {}
    act = partial(detach_from_alert, _evidence_of(alert)) if verb == "detach" else partial(getattr(alerts, verb), alert, **more)
    with pytest.raises(ReasonNeeded):
        act(by=cast.karin, reason="  ")


def test_an_alert_is_given_to_somebody_who_may_weigh_it_by_a_day_to_come(cast: Cast) -> None:
    alert = in_state(cast, "new")
    for wrong in ({"assignee": cast.ake}, {"assignee": cast.bo}, {"assignee": cast.karin, "due_on": date(2020, 1, 1)}):
        with pytest.raises(ValidationError):
            alerts.assign(alert, by=cast.johan, **wrong)
    given = alerts.assign(alert, by=cast.johan, assignee=cast.karin, due_on=UNTIL)
    assert (given.assignee, given.due_on, given.state) == (cast.karin, UNTIL, "examined")


def test_who_begins_to_examine_it_has_it(cast: Cast) -> None:
    assert alerts.examine(in_state(cast, "new"), by=cast.karin).assignee == cast.karin


@pytest.mark.parametrize("until", [date(2020, 1, 1), date(2099, 1, 1)])
def test_sleep_and_exclusion_end_on_a_day_to_come(cast: Cast, until: date) -> None:
    alert = in_state(cast, "new")
    for verb in (alerts.sleep, alerts.exclude):
        with pytest.raises(ValidationError):
            verb(alert, by=cast.karin, reason=REASON, until=until)


def test_what_sleeps_wakes_on_its_day_once_and_what_is_excluded_the_day_after(cast: Cast) -> None:
    alert = in_state(cast, "new")
    alerts.sleep(alert, by=cast.karin, reason=REASON, until=UNTIL)
    assert [alerts.wake_due(day) for day in (UNTIL - timedelta(1), UNTIL, UNTIL)] == [0, 1, 0]
    alerts.exclude(the_alert("Hemtjänst"), by=cast.karin, reason=REASON, until=UNTIL)
    assert [alerts.wake_due(day) for day in (UNTIL, UNTIL + timedelta(1))] == [0, 1]
    assert the_alert("Hemtjänst").state == "new"


def test_until_the_facts_change_has_no_day_and_wakes_on_none(cast: Cast) -> None:
    alert = alerts.sleep(in_state(cast, "new"), by=cast.karin, reason=REASON)
    assert alert.quiet_until is None
    assert alerts.wake_due(date(2030, 1, 1)) == 0


def test_several_are_explained_with_one_reason_or_none_is(cast: Cast) -> None:
    alert = in_state(cast, "new")
    assert alerts.explain_all([alert], by=cast.karin, reason=REASON) == 1
    assert the_alert("Hemtjänst").reason == REASON
    with pytest.raises(NotInThisState):
        alerts.explain_all([alert], by=cast.karin, reason=REASON)


# Watched rules


def test_a_second_person_switches_on_what_somebody_proposed(cast: Cast) -> None:
    watch = proposed(cast, by=cast.johan)
    assert (watch.state, WatchRun.objects.count()) == ("proposed", 0)
    with pytest.raises(NotTheFirst):
        watches.switch_on(watch, by=cast.johan)
    assert watches.switch_on(watch, by=cast.eva).state == "on"
    let_the_worker_run()
    assert told(watch.register) == {"Hemtjänst": "new"}
    again = watched(watch.register, cast.eva, most_alerts=10)
    assert (again.state, again.proposed_by) == ("proposed", cast.eva)


def test_only_who_keeps_the_register_watches_its_rules(cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    for person in (cast.karin, cast.ake, cast.ulla):
        with pytest.raises(NotPermitted):
            watched(register, person)
    with pytest.raises(ReasonNeeded):
        watched(register, cast.johan, reason=" ")
    watch = watched(register, cast.johan)
    with pytest.raises(NotPermitted):
        watches.switch_off(watch, by=cast.karin, reason=REASON)
    with pytest.raises(ReasonNeeded):
        watches.switch_off(watch, by=cast.johan, reason="")
    assert watches.switch_off(watch, by=cast.johan, reason=REASON).state == "off"
    assert watched(register, cast.johan).state == "on"


def test_a_rule_without_its_registers_and_one_of_another_kind_are_refused(cast: Cast) -> None:
    register = operations(cast)
    with pytest.raises(Refused, match="lägesbild"):
        watched(register, cast.johan)
    assert not Watch.objects.exists()
    with pytest.raises(Refused):
        watched(register, cast.johan, "round_sums")


def test_a_pack_is_watched_whole_or_not_at_all(cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    with pytest.raises(Refused):
        watches.propose_all(register, by=cast.johan, rules={RULE: 50, "round_sums": 50}, reason=REASON)
    assert not Watch.objects.exists()
    assert len(watches.propose_all(register, by=cast.johan, rules={RULE: 50, "plan_old": 50}, reason=REASON)) == 2


def test_the_registers_and_columns_that_a_rule_reads_are_remembered(cast: Cast) -> None:
    register = operations(cast)
    came(register, cast.karin, HOME_CARE, as_of=JUNE)
    watch = watched(register, cast.johan)
    assert watch.sources == {"operations": register.pk}
    assert watch.columns == {"operations": ["name", "unit_name", "has_plan", "plan_day", "responsible"]}
    assert watch.history.latest().history_change_reason == "Slå på"


def test_the_states_of_the_table_are_those_of_the_model() -> None:
    assert set(WATCH.states) == set(Watch.State.values)
    assert set(ALERT.states) == set(Alert.State.values)


def test_who_reads_one_of_a_rules_registers_alone_is_told_nothing_of_the_others(cast: Cast) -> None:
    ledger = a_register(cast.board, cast.eva, kind="ledger", name="Reskontra")
    headings = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
    fed(ledger, cast.karin, ("V1", "Bygg & Son AB", "556016-0680", "160000", "2025-06-14", "F-77"), headings=headings, as_of=JUNE)
    agreements = a_register(cast.school_board, cast.eva, kind="agreements", name="Avtal")
    terms = ("Avtalsnummer", "Leverantör", "Organisationsnummer", "Från", "Till")
    fed(agreements, cast.bo, ("A1", "Skolbuss AB", "556036-0793", "2024-01-01", "2026-12-31"), headings=terms, as_of=JUNE)
    watch = watched(ledger, cast.eva, "off_contract", values={"at_least": Decimal(100_000)})
    assert (watch.register.unit, watch.seen_at) == (cast.board, cast.municipality)
    let_the_worker_run()
    alert = Alert.objects.get()
    assert [
        person.name for person in (cast.eva, cast.ake, cast.johan, cast.ulla) if Alert.objects.visible_to(person).exists()
    ] == [
        cast.eva.name,
        cast.ake.name,
    ]
    with pytest.raises(NotPermitted):
        alerts.examine(alert, by=cast.johan)
    with pytest.raises(ValidationError):
        alerts.assign(alert, by=cast.eva, assignee=cast.johan)
    fed(
        a_register(cast.board, cast.eva, kind="agreements", name="Egna avtal"),
        cast.karin,
        ("A2", "X", "", "", ""),
        headings=terms,
        as_of=JUNE,
    )
    assert watched(ledger, cast.eva, "off_contract").seen_at == cast.municipality


# Limits


def test_limits_are_read_by_their_kind_and_within_their_bounds() -> None:
    kinds = {parameter.code: parameter for rule in RULES.values() for parameter in rule.parameters}
    assert read(kinds["at_least"], "10 000,50") == Decimal("10000.50")
    assert read(kinds["band"], "12,5") == 0.125
    assert read(kinds["rating"], " b ") == "B"
    assert read(kinds["accounts"], "46, 47;46") == ("46", "47")
    for code, wrong in [
        *(("at_least", "-1"), ("at_least", "mycket"), ("days", "1,5"), ("days", "9999"), ("likeness", "10"), ("months", "0")),
        *(("band", "0"), ("band", "200"), ("rating", "E"), ("accounts", "x"), ("accounts", ""), ("count", "")),
    ]:
        with pytest.raises(ValidationError):
            read(kinds[code], wrong)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_what_is_stored_and_what_is_shown_is_read_as_it_was(rule: Any) -> None:
    usual = rule.values({})
    assert of_stored(rule, stored(rule, {})) == usual
    assert {one.code: read(one, shown(one, usual[one.code])) for one in rule.parameters} == usual


def test_a_limit_that_the_rule_no_longer_has_is_told() -> None:
    with pytest.raises(ValidationError, match="nothing"):
        of_stored(RULES[RULE], {"nothing": "1"})


def test_alerts_of_who_leaves_are_handed_over(cast: Cast) -> None:
    alerts.assign(in_state(cast, "new"), by=cast.johan, assignee=cast.karin)
    moved = hand_over(cast.karin, cast.johan, by=cast.siv, reason="Slutar")
    assert "1 öppet larm" in in_words(moved)
    assert the_alert("Hemtjänst").assignee == cast.johan


def test_no_account_is_closed_and_no_last_role_taken_while_an_alert_is_the_person_s(cast: Cast) -> None:
    alert = alerts.assign(in_state(cast, "new"), by=cast.johan, assignee=cast.karin)
    cast.karin.is_active = False
    with pytest.raises(Refused, match="1 öppet larm"):
        leaving.change_account(cast.karin, by=cast.siv)
    with pytest.raises(Refused, match="1 öppet larm"), leaving.changing_roles(cast.karin):
        Membership.objects.filter(user=cast.karin).delete()
    hand_over(User.objects.get(pk=cast.karin.pk), cast.johan, by=cast.siv, reason="Slutar")
    leaving.change_account(cast.karin, by=cast.siv)
    assert not User.objects.get(pk=cast.karin.pk).is_active
    moved = alert.history.order_by("-history_id")[0]
    assert (moved.assignee, "Slutar" in moved.history_change_reason) == (cast.johan, True)


def _facts_change(cast: Cast, alert: Alert) -> None:
    came(Register.objects.get(name="Verksamheter"), cast.johan, (*HOME_CARE[:4], "Cia Ek"), SCHOOL, as_of=JULY)
    let_the_worker_run()


COMES_BACK: dict[str, tuple[str, Callable[[Cast, Alert], Any]]] = {
    "it wakes": ("excluded", lambda cast, alert: alerts.wake_due(UNTIL + timedelta(1))),
    "its facts change": ("explained", _facts_change),
    "it is taken up again": ("confirmed", lambda cast, alert: alerts.reopen(alert, by=cast.johan, reason=REASON)),
}


@pytest.mark.parametrize("stays", [True, False], ids=["who stays", "who has left"])
@pytest.mark.parametrize("how", COMES_BACK)
def test_an_alert_that_comes_back_is_still_the_person_s_but_nobody_s_when_they_have_left(
    cast: Cast, how: str, stays: bool
) -> None:
    state, comes_back = COMES_BACK[how]
    alert = in_state(cast, state)
    alert.assignee, alert.due_on = cast.karin, UNTIL
    save_with_history(alert, by=RISKREG, reason="Ställt för provet")
    if not stays:
        with leaving.changing_roles(cast.karin):
            Membership.objects.filter(user=cast.karin).delete()
        cast.karin.is_active = False
        leaving.change_account(cast.karin, by=cast.siv)
    comes_back(cast, the_alert("Hemtjänst"))
    back = the_alert("Hemtjänst")
    assert back.is_open
    assert (back.assignee, back.due_on) == ((cast.karin, UNTIL) if stays else (None, None))


def test_an_account_that_is_closed_is_given_no_alert(cast: Cast) -> None:
    alert = in_state(cast, "new")
    User.objects.filter(pk=cast.karin.pk).update(is_active=False)
    with pytest.raises(Refused):
        alerts.assign(alert, by=cast.johan, assignee=cast.karin)
