"""What a report says across the turn of a year, and across a municipality's committees."""

from __future__ import annotations

from typing import Any

import pytest

from controls.models import Closing, Control
from riskreg.models import ControlPlan
from tests.cast import Cast, make_closing, make_control, make_risk
from tests.reporting.conftest import act, approved, report_of, submitted
from tests.reporting.subjects import paper

pytestmark = pytest.mark.django_db


def earlier_plan(cast: Cast, year: int) -> ControlPlan:
    return ControlPlan.objects.create(unit=cast.board, year=year, matrix=cast.matrix)


def carried(cast: Cast, **of_earlier_risk: Any) -> tuple[Control, Control, Closing]:
    """Last year's control and the one it was carried over to, and last year's closing."""
    before = make_control(make_risk(earlier_plan(cast, 2024), "Attest", **of_earlier_risk))
    now = make_control(make_risk(cast.plan, "Attest", carried_from=before.risk), carried_from=before)
    return before, now, make_closing(cast.municipality, "annual", 2024)


def test_what_was_ongoing_at_the_year_end_comes_back_at_the_half_year(cast: Cast) -> None:
    before, now, closing = carried(cast)
    submitted(cast, before, closing=closing, conclusion="ongoing")
    row = report_of(cast).rows[0]
    assert row.before == "At the closing before (year-end closing 2024): ongoing"
    assert row.missing == ("follow_up",)  # it comes back also where nobody has begun
    submitted(cast, now, conclusion="no_deviations")
    table = paper(cast).table("ongoing")
    assert [cell.text for cell in table.rows[0]][1:3] == [row.before, "✓ No deviations"]
    assert report_of(cast, closing=cast.annual).rows[0].before == ""  # the half-year ended well


def test_what_ended_last_year_and_what_was_another_units_does_not_come_back(cast: Cast) -> None:
    before, now, closing = carried(cast)
    submitted(cast, before, closing=make_closing(cast.municipality, "interim", 2024), conclusion="ongoing")
    submitted(cast, before, closing=closing)
    submitted(cast, before, closing=closing, unit=cast.school_board, conclusion="ongoing")
    submitted(cast, now)
    assert report_of(cast).rows[0].before == ""


def test_what_was_confidential_last_year_and_is_not_now_says_nothing_of_then(cast: Cast) -> None:
    before, _now, closing = carried(cast, is_confidential=True, confidentiality_section="OSL 18:8")
    submitted(cast, before, closing=closing, conclusion="ongoing")
    assert report_of(cast).rows[0].before == ""


def test_the_trend_shows_the_years_there_are_in_figures_and_in_words(cast: Cast) -> None:
    scores = {2018: 1, 2019: 2, 2020: 3, 2021: 4, 2022: 6, 2023: 8, 2024: 9}
    last = None
    for year, score in scores.items():
        last = make_risk(earlier_plan(cast, year), "Attest", risk_score=score, carried_from=last)
    make_control(make_risk(cast.plan, "Attest", risk_score=12, carried_from=last))
    make_control(make_risk(cast.plan, "Ny", risk_score=6))
    (chart,) = (one for one in paper(cast).charts if one.name == "trend")
    assert chart.head == ("Risk", "2020", "2021", "2022", "2023", "2024", "2025")
    assert chart.rows == (("Attest", "3", "4", "6", "8", "9", "12"), ("Ny", "–", "–", "–", "–", "–", "6"))
    assert "Attest: 2020 3, 2021 4, 2022 6, 2023 8, 2024 9, 2025 12." in chart.alternative
    assert "Ny: 2025 6." in chart.alternative
    assert chart.svg.count(">2020<") == 1


def test_deviations_of_all_committees_stand_side_by_side(cast: Cast) -> None:
    ours = approved(cast, make_control(make_risk(cast.plan, "Vår")), conclusion="minor_deviations")
    act(ours, "Utbildning", due_on=cast.annual.cut_off)
    secret = make_risk(cast.school_plan, "Hemlig", is_confidential=True, confidentiality_section="OSL 23:2")
    approved(cast, make_control(secret), conclusion="significant_deviations")
    theirs = make_control(make_risk(cast.school_plan, "Deras"))
    late = approved(cast, theirs, closing=make_closing(cast.municipality, "annual", 2024), conclusion="minor_deviations")
    act(late, "Ny rutin", due_on=cast.interim.cut_off)
    approved(cast, theirs, conclusion="significant_deviations")
    whole, public = paper(cast, "all_deviations"), paper(cast, "all_deviations", public=True)
    told = [(row[1].text, row[0].text.split("\n")[0]) for row in whole.table("deviations").rows]
    assert sorted(told) == [
        ("Barn- och utbildningsnämnden", "Deras"),
        ("Barn- och utbildningsnämnden", "Hemlig"),
        ("Kommunstyrelsen", "Vår"),
    ]
    assert [row[1].text for row in whole.table("earlier").rows] == ["Barn- och utbildningsnämnden"]
    (chart,) = whole.charts
    assert [row[0] for row in chart.rows] == ["Barn- och utbildningsnämnden", "Kommunstyrelsen"]
    assert whole.missing == ("Missing: action (2)",)
    assert "Actions past their day: 1." in whole.notes
    assert "Hemlig" not in str(public)
    assert (public.left_out, public.notes[0]) == (1, "1 risk is confidential and left out (OSL 23:2).")
