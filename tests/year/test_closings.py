"""A municipality's closings: the usual dates, what the law says of others, and what follows a moved date."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from controls.models import Closing
from controls.year import closings
from controls.year.closing_dates import Breach, breaches, two_months_after, usual_dates
from riskreg.access.verbs import NotPermitted
from tests.cast import Cast, make_control, make_follow_up, make_risk


@pytest.mark.parametrize("kind", Closing.Kind.values)
@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_suggested_dates_are_within_the_law_and_follow_each_other(kind: str, year: int) -> None:
    dates = usual_dates(kind, year)
    assert breaches(kind, year, dates.cut_off, dates.report_due) == []
    assert dates.cut_off <= dates.follow_up_due <= dates.approval_due <= dates.report_due


@pytest.mark.parametrize(
    ("cut_off", "limit"),
    [
        (date(2025, 8, 31), date(2025, 10, 31)),
        (date(2025, 7, 31), date(2025, 9, 30)),
        (date(2025, 6, 30), date(2025, 8, 31)),
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2025, 8, 15), date(2025, 10, 15)),
    ],
)
def test_two_months_end_with_a_month_when_they_began_with_one(cut_off: date, limit: date) -> None:
    assert two_months_after(cut_off) == limit


@pytest.mark.parametrize(
    ("kind", "cut_off", "report_due", "found"),
    [
        ("interim", date(2025, 6, 29), date(2025, 8, 1), [Breach.COVERS_TOO_LITTLE]),
        ("interim", date(2025, 6, 30), date(2025, 8, 31), []),
        ("interim", date(2025, 9, 1), date(2025, 10, 31), [Breach.COVERS_TOO_MUCH]),
        ("interim", date(2025, 8, 31), date(2025, 11, 1), [Breach.INTERIM_REPORT_LATE]),
        ("annual", date(2025, 12, 31), date(2026, 4, 16), [Breach.ANNUAL_REPORT_LATE]),
        ("annual", date(2025, 11, 30), date(2026, 4, 15), [Breach.ANNUAL_CUT_OFF]),
        ("annual", date(2026, 12, 31), date(2027, 4, 15), [Breach.CUT_OFF_OUTSIDE_YEAR, Breach.ANNUAL_REPORT_LATE]),
        ("first_tertial", date(2025, 4, 30), date(2025, 12, 31), []),
    ],
)
def test_what_breaks_the_law_is_named(kind: str, cut_off: date, report_due: date, found: list[Breach]) -> None:
    assert breaches(kind, 2025, cut_off, report_due) == found


@pytest.mark.django_db
def test_a_controller_of_the_municipality_makes_a_closing_with_the_usual_dates(cast: Cast) -> None:
    closing = closings.make_closing(by=cast.eva, unit=cast.municipality, year=2026, kind="annual")
    assert closing.report_due == date(2027, 4, 15)
    assert closing.history.get().history_user_name == "Eva Åström"
    for person in (cast.johan, cast.karin, cast.ake, cast.siv):
        with pytest.raises(NotPermitted):
            closings.make_closing(by=person, unit=cast.municipality, year=2027, kind="annual")


@pytest.mark.django_db
def test_a_second_closing_of_a_kind_is_refused_and_so_are_dates_out_of_order(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        closings.make_closing(by=cast.eva, unit=cast.municipality, year=2025, kind="interim")
    with pytest.raises(ValidationError):
        closings.change_closing(cast.interim, by=cast.eva, follow_up_due=date(2025, 8, 1))


@pytest.mark.django_db
def test_dates_outside_the_law_are_kept_and_warned_of(cast: Cast) -> None:
    late = closings.change_closing(cast.interim, by=cast.eva, report_due=date(2025, 11, 15))
    assert late.report_due == date(2025, 11, 15)
    assert len(closings.warnings(late)) == 1


@pytest.mark.django_db
def test_open_follow_ups_follow_a_moved_date_but_not_those_with_a_date_of_their_own(cast: Cast) -> None:
    control = make_control(make_risk(cast.plan), performer=cast.karin)
    other = make_control(make_risk(cast.plan), performer=cast.karin)
    usual, own = make_follow_up(control, cast.interim), make_follow_up(other, cast.interim, due_on=date(2025, 9, 5))
    closings.change_closing(cast.interim, by=cast.eva, follow_up_due=date(2025, 9, 15), reason="Sjukdom")
    usual.refresh_from_db()
    own.refresh_from_db()
    assert (usual.due_on, own.due_on) == (date(2025, 9, 15), date(2025, 9, 5))
    assert usual.history.first().history_change_reason == "Sjukdom"
