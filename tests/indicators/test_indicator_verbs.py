"""Verbs of indicators and of their series: every state × verb × role from the tables, and what each does and refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from controls.indicators import definitions, series
from controls.indicators.gate import INDICATORS, SERIES_GATE
from controls.indicators.values import record_values, revise_value
from controls.models import Indicator, IndicatorLevel, IndicatorNote, IndicatorSeries, IndicatorValue
from controls.transitions import INDICATOR, SERIES
from riskreg.access.verbs import ROLES_OF_VERB, NotPermitted, Verb
from riskreg.models import Role, User
from riskreg.people.handing_over import hand_over, in_words
from riskreg.verbs.concurrency import Stale, version_of
from riskreg.verbs.errors import NotInThisState, ReasonNeeded, Refused
from riskreg.verbs.workflow import Transition
from tests.cast import Cast, make_user
from tests.indicators.scene import JANUARY, REASON, D, a_series, an_indicator, described, levels_set, month, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Do = Callable[[Any, User], Any]


def indicator_in_state(cast: Cast, state: str) -> Indicator:
    made = an_indicator(cast.board, cast.johan, name=f"Nyckeltal {Indicator.objects.count()}")
    return definitions.close(made, by=cast.johan, reason=REASON) if state == "closed" else made


def series_in_state(cast: Cast, state: str) -> IndicatorSeries:
    made = a_series(indicator_in_state(cast, "in_use"), cast.board, by=cast.johan, responsible=cast.karin)
    levels_set(made, by=cast.johan)
    recorded(made, [8], by=cast.karin)
    series.note(made, by=cast.karin, period=JANUARY, text="Nytt system")
    made = IndicatorSeries.objects.get(pk=made.pk)
    return series.close(made, by=cast.johan, reason=REASON) if state == "closed" else made


DO_WITH_INDICATOR: dict[str, Do] = {
    "change": lambda row, by: definitions.change(row, by=by, described=described(f"Annat {row.pk}")),
    "close": lambda row, by: definitions.close(row, by=by, reason=REASON),
    "reopen": lambda row, by: definitions.reopen(row, by=by, reason=REASON),
}
DO_WITH_SERIES: dict[str, Do] = {
    "change": lambda row, by: series.change(row, by=by, responsible=row.responsible, begins_on=month(2), days_after=5),
    "set_levels": lambda row, by: series.set_levels(row, by=by, valid_from=month(6), acceptable=D(12)),
    "remove_levels": lambda row, by: series.remove_levels(IndicatorLevel.objects.get(series=row), by=by, reason=REASON),
    "record": lambda row, by: record_values(row, {month(2): D(9)}, by=by),
    "revise": lambda row, by: revise_value(IndicatorValue.objects.get(series=row), by=by, new=D(7), reason=REASON),
    "note": lambda row, by: series.note(row, by=by, period=month(2), text="Ny rutin"),
    "remove_note": lambda row, by: series.remove_note(IndicatorNote.objects.get(series=row), by=by, reason=REASON),
    "close": lambda row, by: series.close(row, by=by, reason=REASON),
    "reopen": lambda row, by: series.reopen(row, by=by, reason=REASON),
}
TABLES: dict[str, tuple[Any, Any, dict[str, Do]]] = {
    "indicator": (INDICATOR, indicator_in_state, DO_WITH_INDICATOR),
    "series": (SERIES, series_in_state, DO_WITH_SERIES),
}


def test_every_verb_of_the_tables_is_tried_here() -> None:
    for workflow, _make, do in TABLES.values():
        assert set(do) == set(workflow.verbs)
    assert set(INDICATOR.states) == set(Indicator.State.values)
    assert set(SERIES.states) == set(IndicatorSeries.State.values)


@pytest.mark.parametrize(
    ("table", "state", "verb"),
    [(name, *pair) for name, (workflow, _make, _do) in TABLES.items() for pair in product(workflow.states, workflow.verbs)],
)
def test_the_table_decides_for_every_role_in_the_own_unit_and_in_another(table: str, state: str, verb: str, cast: Cast) -> None:
    workflow, make, do = TABLES[table]
    transition, wrong = workflow.answer(state, verb), []
    for role, unit in product(Role, ("own", "other")):
        person = make_user(f"{role.value}-{unit} Prova", cast.board if unit == "own" else cast.school_board, role)
        record = make(cast, state)
        if unit == "other" or role not in ROLES_OF_VERB[Verb(workflow.right_of(verb))]:
            expected = ("NotPermitted", state)
        elif not isinstance(transition, Transition):
            expected = ("NotInThisState", state)
        else:
            expected = ("done", transition.to_state)
        try:
            do[verb](record, person)
            outcome = "done"
        except (NotPermitted, NotInThisState) as refusal:
            outcome = type(refusal).__name__
        happened = (outcome, type(record).objects.get(pk=record.pk).state)
        if happened != expected:
            wrong.append((role.value, unit, happened, expected))
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_who_keeps_indicators_at_the_unit_defines_them_and_begins_series(cast: Cast, role: Role) -> None:
    person = make_user("Prova Prov", cast.board, role)
    defined = an_indicator(cast.municipality, cast.eva)
    if role in ROLES_OF_VERB[Verb.KEEP_INDICATOR]:
        assert an_indicator(cast.board, person).unit == cast.board
        made = a_series(defined, cast.payroll, by=person, responsible=cast.karin)
        assert (made.due_on, made.state) == (date(2025, 2, 20), "in_use")
    else:
        with pytest.raises(NotPermitted):
            an_indicator(cast.board, person)
        with pytest.raises(NotPermitted):
            a_series(defined, cast.payroll, by=person, responsible=cast.karin)
    with pytest.raises(NotPermitted):
        an_indicator(cast.school_board, person)


def test_a_definition_is_reused_below_its_unit_and_seen_there_and_nowhere_else(cast: Cast) -> None:
    of_all, of_school = an_indicator(cast.municipality, cast.eva), an_indicator(cast.school_board, cast.eva, "Skolans")
    mine = a_series(of_all, cast.board, by=cast.eva, responsible=cast.karin)
    other = a_series(of_all, cast.school_board, by=cast.eva, responsible=cast.bo)
    assert list(Indicator.objects.visible_to(cast.karin)) == [of_all]
    assert set(Indicator.objects.visible_to(cast.bo)) == {of_all, of_school}
    assert list(IndicatorSeries.objects.visible_to(cast.karin)) == [mine]
    assert list(IndicatorSeries.objects.visible_to(cast.bo)) == [other]
    with pytest.raises(ValidationError) as refusal:
        a_series(an_indicator(cast.payroll, cast.eva), cast.board, by=cast.eva, responsible=cast.karin)
    assert "unit" in refusal.value.message_dict


def test_a_unit_keeps_one_series_of_an_indicator_and_no_other_of_its_name(cast: Cast) -> None:
    indicator = an_indicator(cast.board, cast.johan)
    a_series(indicator, cast.board, by=cast.johan, responsible=cast.karin)
    with pytest.raises(ValidationError) as refusal:
        a_series(indicator, cast.board, by=cast.johan, responsible=cast.karin)
    assert refusal.value.message_dict == {"unit": ["Enheten har redan en serie av nyckeltalet."]}
    with pytest.raises(ValidationError) as refusal:
        an_indicator(cast.board, cast.johan)
    assert "name" in refusal.value.message_dict
    definitions.close(indicator, by=cast.johan, reason=REASON)
    with pytest.raises(Refused):
        a_series(indicator, cast.payroll, by=cast.johan, responsible=cast.karin)


def test_only_who_enters_values_at_the_unit_answers_for_them(cast: Cast) -> None:
    indicator = an_indicator(cast.board, cast.johan)
    for person in (cast.bo, cast.siv):
        with pytest.raises(ValidationError) as refusal:
            a_series(indicator, cast.board, by=cast.johan, responsible=person)
        assert "responsible" in refusal.value.message_dict
    closed = make_user("Slutat Nyss", cast.board, Role.CONTROL_OWNER)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    with pytest.raises((Refused, ValidationError)):
        a_series(indicator, cast.board, by=cast.johan, responsible=closed)


def test_what_values_and_levels_stand_on_does_not_change_below_them(cast: Cast) -> None:
    found = series_in_state(cast, "in_use")
    for name, value in (("rhythm", "quarter"), ("direction", "higher")):
        with pytest.raises(ValidationError) as refusal:
            definitions.change(found.indicator, by=cast.johan, described=described("Annat", **{name: value}))
        assert name in refusal.value.message_dict
    definitions.change(found.indicator, by=cast.johan, described=described("Annat", decimals=2))
    with pytest.raises(ValidationError) as refusal:
        definitions.change(found.indicator, by=cast.johan, described=described("Annat", decimals=1))
    assert "decimals" in refusal.value.message_dict


def test_levels_in_the_wrong_order_are_refused_with_what_is_allowed_and_the_database_refuses_what_is_in_no_order(
    cast: Cast,
) -> None:
    found = series_in_state(cast, "in_use")
    with pytest.raises(ValidationError) as refusal:
        levels_set(found, by=cast.johan, target="11")
    assert refusal.value.message_dict == {"target": ["Lägre är bättre: målet är högst den godtagbara nivån."]}
    with pytest.raises(ValidationError) as refusal:
        levels_set(found, by=cast.johan, critical="9")
    assert refusal.value.message_dict == {"critical": ["Lägre är bättre: den kritiska nivån är minst den godtagbara."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        IndicatorLevel.objects.create(series=found, valid_from=month(5), target=D(9), acceptable=D(5), critical=D(9))


def test_levels_from_the_same_period_replace_the_earlier_and_the_history_keeps_them(cast: Cast) -> None:
    found = series_in_state(cast, "in_use")
    level = levels_set(found, by=cast.johan, valid_from=date(2025, 1, 17), acceptable="12")
    assert (IndicatorLevel.objects.get(), level.valid_from) == (level, JANUARY)
    assert [int(row.acceptable) for row in level.history.order_by("history_id")] == [10, 12]
    levels_set(found, by=cast.johan, valid_from=date(2025, 7, 9))
    assert IndicatorLevel.objects.latest("valid_from").valid_from == month(7)


def test_a_reason_is_demanded_where_something_is_taken_away_or_closed(cast: Cast) -> None:
    found = series_in_state(cast, "in_use")
    level, note = IndicatorLevel.objects.get(series=found), IndicatorNote.objects.get(series=found)
    for act in (
        lambda: series.remove_levels(level, by=cast.johan, reason=" "),
        lambda: series.remove_note(note, by=cast.karin, reason=""),
        lambda: series.close(found, by=cast.johan, reason=""),
        lambda: definitions.close(found.indicator, by=cast.johan, reason=""),
    ):
        with pytest.raises(ReasonNeeded):
            act()
    series.remove_note(note, by=cast.karin, reason="Fel period")
    row = IndicatorNote.history.filter(id=note.pk).latest()
    assert (row.history_type, row.history_change_reason, row.text) == ("-", "Fel period", "Nytt system")


def test_the_second_of_two_who_change_a_series_is_told(cast: Cast) -> None:
    found = series_in_state(cast, "in_use")
    opened = version_of(found)
    recorded(found, [9], by=cast.karin, first=month(2))
    with pytest.raises(Stale):
        series.change(found, by=cast.johan, responsible=cast.karin, begins_on=JANUARY, days_after=3, version=opened)


def test_a_series_goes_over_to_somebody_else_when_its_person_leaves(cast: Cast) -> None:
    found = series_in_state(cast, "in_use")
    receiver = make_user("Tore Tar", cast.board, Role.CONTROL_OWNER)
    moved = hand_over(cast.karin, receiver, by=cast.siv, reason="Slutar")
    assert "1 nyckeltalsserie" in in_words(moved)
    assert IndicatorSeries.objects.get(pk=found.pk).responsible == receiver


def test_the_gates_name_every_verb() -> None:
    assert set(INDICATORS.labels) == set(INDICATOR.verbs)
    assert set(SERIES_GATE.labels) == set(SERIES.verbs)
