"""The heatmap that remembers: as of any day, between two days, between two years; for whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Q

from riskreg import clock
from riskreg.heatmap.as_of import Move, Remembered, Seen
from riskreg.heatmap.cells import count_cells, heatmap
from riskreg.heatmap.codes import Moment, State
from riskreg.heatmap.years import AcrossYears
from riskreg.models import ControlPlan, Risk, User
from riskreg.plans.risks import change_risk, drop_risk, restore_risk
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY, JUNE = (date(2025, month, 15) for month in (3, 4, 5, 6))


def on(day: date, make: Any, *args: Any, **kwargs: Any) -> Any:
    with clock.at(day):
        return make(*args, **kwargs)


def remembered(user: User, year: int = 2025) -> Remembered:
    user = User.objects.get(pk=user.pk)
    return Remembered(user, Risk.objects.visible_to(user).filter(plan__year=year))


def counted(user: User, day: date, **of: Any) -> dict[State, int]:
    found: dict[State, int] = {}
    for tally in remembered(user).tallies(Moment(day, **of)):
        found[State(tally.likelihood, tally.impact, tally.score)] = tally.number
    return found


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """Energy made in March, raised in April, dropped in May, back in June; Pay made in April with a score alone."""
    energy = on(MARCH, make_risk, cast.plan, "Energibrist", likelihood=2, impact=2)
    on(APRIL, change_risk, energy, by=cast.eva, likelihood=4, impact=3, reason="Elpriset steg")
    on(APRIL, make_risk, cast.plan, "Löner", risk_score=6)
    on(MAY, drop_risk, energy, by=cast.eva, reason="Avtal tecknat")
    on(JUNE, restore_risk, energy, by=cast.eva)
    return cast


def test_a_risk_is_where_it_was_at_the_end_of_each_day(lived: Cast) -> None:
    assert counted(lived.eva, date(2025, 3, 14)) == {}
    assert counted(lived.eva, MARCH) == {State(2, 2, 4): 1}
    assert counted(lived.eva, date(2025, 4, 14)) == {State(2, 2, 4): 1}
    assert counted(lived.eva, APRIL) == {State(4, 3, 12): 1, State(None, None, 6): 1}
    assert counted(lived.eva, MAY) == {State(None, None, 6): 1}
    assert counted(lived.eva, JUNE) == {State(4, 3, 12): 1, State(None, None, 6): 1}


def test_the_last_of_several_changes_of_a_day_is_the_days(lived: Cast) -> None:
    energy = Risk.objects.get(title="Energibrist")
    for likelihood in (1, 2, 3):
        energy = on(date(2025, 7, 1), change_risk, energy, by=lived.eva, likelihood=likelihood, impact=3, reason="Prövas")
    assert State(3, 3, 9) in counted(lived.eva, date(2025, 7, 1))


def test_today_as_a_day_is_todays_heatmap(lived: Cast) -> None:
    today = heatmap(lived.matrix, count_cells(Risk.objects.current()))
    then = heatmap(lived.matrix, remembered(lived.eva).tallies(Moment(date(2099, 1, 1))))
    assert [(cell.cell, cell.number) for cell in then.cells] == [(cell.cell, cell.number) for cell in today.cells]
    assert (then.unplaced, then.total) == (today.unplaced, today.total)


def test_between_two_days_risks_are_new_gone_moved_or_the_same(lived: Cast) -> None:
    def moves(one: date, other: date) -> set[Move]:
        return set(remembered(lived.eva).moves(Moment(one), Moment(other)))

    assert moves(MARCH, APRIL) == {Move(State(2, 2, 4), State(4, 3, 12), 1), Move(None, State(None, None, 6), 1)}
    assert moves(APRIL, MAY) == {Move(State(4, 3, 12), None, 1), Move(State(None, None, 6), State(None, None, 6), 1)}
    assert moves(date(2020, 1, 1), date(2020, 2, 2)) == set()
    energy = Risk.objects.get(title="Energibrist")
    raised = (Seen(energy.pk, "Energibrist", energy.number, 2025, "Kommunstyrelsen"), State(2, 2, 4), State(4, 3, 12))
    assert raised in remembered(lived.eva).pairs(Moment(MARCH), Moment(APRIL))
    assert remembered(lived.eva).biggest(Moment(MARCH), Moment(APRIL), 5) == [raised]


def test_before_and_after_controls_are_two_heatmaps(lived: Cast) -> None:
    energy = Risk.objects.get(title="Energibrist")
    stated = {"residual_likelihood": 2, "residual_impact": 3}
    on(date(2025, 7, 1), change_risk, energy, by=lived.eva, reason="Reservkraft finns", **stated)
    assert counted(lived.eva, JUNE, after_controls=True) == {State(None, None, None): 2}
    assert counted(lived.eva, date(2025, 7, 1), after_controls=True) == {State(2, 3, 6): 1, State(None, None, None): 1}
    both = remembered(lived.eva).moves(Moment(date(2025, 7, 1)), Moment(date(2025, 7, 1), after_controls=True))
    assert Move(State(4, 3, 12), State(2, 3, 6), 1) in both


class TestWho:
    def test_what_was_confidential_then_is_hidden_though_it_is_open_now(self, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        on(date(2025, 7, 1), change_risk, energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        on(date(2025, 8, 1), change_risk, energy, by=lived.eva, is_confidential=False)
        assert State(4, 3, 12) in counted(lived.ake, JUNE)
        assert State(4, 3, 12) not in counted(lived.ake, date(2025, 7, 15))
        assert State(4, 3, 12) in counted(lived.eva, date(2025, 7, 15))
        hidden = remembered(lived.ake)
        assert hidden.moves(Moment(date(2025, 7, 15)), Moment(date(2025, 8, 2)))[0].before in {None, State(None, None, 6)}
        assert energy.pk not in hidden.states(Moment(date(2025, 7, 15)))

    def test_what_is_confidential_now_is_hidden_though_it_was_open_then(self, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        on(date(2025, 7, 1), change_risk, energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        assert State(4, 3, 12) not in counted(lived.ake, JUNE)
        assert remembered(lived.ake).biggest(Moment(MARCH), Moment(APRIL), 5) == []
        assert State(4, 3, 12) in counted(lived.johan, JUNE)

    def test_the_biggest_moves_leave_out_what_was_confidential_then(self, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        on(date(2025, 7, 1), change_risk, energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        on(date(2025, 8, 1), change_risk, energy, by=lived.eva, is_confidential=False, likelihood=1, impact=1, reason="Löst")
        days = Moment(date(2025, 7, 15)), Moment(date(2025, 8, 2))
        assert remembered(lived.ake).biggest(*days, 5) == []
        assert len(remembered(lived.eva).biggest(*days, 5)) == 1

    def test_the_owner_sees_what_was_confidential(self, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        values = {"owner": lived.karin, "is_confidential": True, "confidentiality_section": "OSL 18:8"}
        on(date(2025, 7, 1), change_risk, energy, by=lived.eva, **values)
        assert State(4, 3, 12) in counted(lived.karin, date(2025, 7, 1))

    def test_another_boards_risks_are_not_counted(self, lived: Cast) -> None:
        assert counted(lived.bo, JUNE) == {}
        assert counted(lived.nils, JUNE) == {}

    def test_a_risk_counts_in_the_unit_it_was_in_that_day(self, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        on(date(2025, 7, 1), change_risk, energy, by=lived.eva, unit=lived.payroll)
        board_alone = Remembered(lived.eva, Risk.objects.all(), counted=Q(unit=lived.payroll))
        assert board_alone.tallies(Moment(JUNE)) == []
        assert [tally.number for tally in board_alone.tallies(Moment(date(2025, 7, 1)))] == [1]


class TestAcrossYears:
    @pytest.fixture
    def years(self, cast: Cast) -> AcrossYears:
        before = ControlPlan.objects.create(unit=cast.board, year=2023, matrix=cast.matrix)
        between = ControlPlan.objects.create(unit=cast.board, year=2024, matrix=cast.matrix)
        old = {name: on(date(2023, 2, 1), make_risk, before, name, likelihood=2, impact=2) for name in ("Kvar", "Höjd", "Slutar")}
        link = {
            name: on(date(2024, 2, 1), make_risk, between, name, likelihood=2, impact=3, carried_from=old[name])
            for name in ("Kvar", "Höjd")
        }
        on(date(2025, 2, 1), make_risk, cast.plan, "Kvar", likelihood=2, impact=2, carried_from=link["Kvar"])
        on(date(2025, 2, 1), make_risk, cast.plan, "Höjd", likelihood=4, impact=4, carried_from=link["Höjd"])
        on(date(2025, 2, 1), make_risk, cast.plan, "Ny", likelihood=1, impact=1)
        return AcrossYears(remembered(cast.eva, 2023), remembered(cast.eva, 2025), year=2023, steps=2)

    def test_a_risk_is_followed_back_through_its_links(self, years: AcrossYears, cast: Cast) -> None:
        found = set(years.moves(Moment(date(2023, 12, 31)), Moment(date(2025, 12, 31))))
        four, matrix = State(2, 2, 4), cast.matrix.pk
        assert found == {
            Move(four, four, 1, matrix),
            Move(four, State(4, 4, 16), 1, matrix),
            Move(None, State(1, 1, 1), 1),
            Move(four, None, 1, matrix),
        }
        rows = years.pairs(Moment(date(2023, 12, 31)), Moment(date(2025, 12, 31)))
        pairs = {seen.title: (one, other) for seen, one, other in rows}
        assert pairs == {
            "Kvar": (four, four),
            "Höjd": (four, State(4, 4, 16)),
            "Ny": (None, State(1, 1, 1)),
            "Slutar": (four, None),
        }

    def test_an_ancestor_that_was_confidential_is_not_told(self, years: AcrossYears, cast: Cast) -> None:
        ancestor = Risk.objects.get(plan__year=2023, title="Höjd")
        ancestor.is_confidential, ancestor.confidentiality_section = True, "OSL 18:8"
        on(date(2023, 6, 1), ancestor.save)
        blind = AcrossYears(remembered(cast.ake, 2023), remembered(cast.ake, 2025), year=2023, steps=2)
        moves = blind.moves(Moment(date(2023, 12, 31)), Moment(date(2025, 12, 31)))
        assert Move(None, State(4, 4, 16), 1) in moves
        assert all(move.after != State(4, 4, 16) for move in moves if move.before is not None)
