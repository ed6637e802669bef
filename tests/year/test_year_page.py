"""The year on one page: the wheel and the table say the same, for the units one sees."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Check
from controls.year import run
from controls.year.overview import year_of
from tests.cast import Cast, make_follow_up
from tests.checks.checks import make_check, monthly

TODAY = date(2025, 9, 8)


def counted(cast: Cast, **given: object) -> dict[str, int]:
    found = year_of(cast.eva, 2025, TODAY, **given)  # type: ignore[arg-type]
    return {state: count for state, count in found.totals.items() if count}


def test_every_check_and_follow_up_is_in_one_state(cast: Cast, today: date) -> None:
    control = monthly(cast)
    done = {"state": "done", "performed_on": TODAY, "performed_by": cast.karin, "conclusion": "no_deviations"}
    make_check(control, date(2025, 6, 30), **done)
    make_check(control, date(2025, 7, 31), state="missed", missed_at="2025-08-20T00:00:00Z")
    make_check(control, date(2025, 8, 29), nominal_on=date(2025, 8, 31))
    make_check(control, date(2025, 9, 30), state="in_progress")
    make_follow_up(control, cast.interim)
    # October to December are beyond the three weeks in which a check is opened.
    assert counted(cast) == {"done": 1, "missed": 1, "late": 1, "open": 2, "coming": 3}
    row = year_of(cast.eva, 2025, TODAY).rows[0]
    assert dict(row.months[8]) == {"late": 1, "open": 1}
    assert dict(row.months[12]) == {"coming": 1}


def test_what_is_to_come_and_what_is_opened_are_the_whole_year_on_every_day_of_it(cast: Cast) -> None:
    for frequency in ("weekly", "monthly", "quarterly", "yearly"):
        monthly(cast, frequency=frequency)
    for day in (date(2025, 1, 1), date(2025, 3, 30), date(2025, 9, 8), date(2025, 12, 31)):
        run.run(day)
        found = year_of(cast.eva, 2025, day)
        coming = found.totals["coming"]
        assert coming + Check.objects.count() == 52 + 12 + 4 + 1


def test_one_sees_the_year_of_one_s_own_units(cast: Cast, today: date) -> None:
    monthly(cast)
    monthly(cast, school=True)
    assert {row.unit for row in year_of(cast.karin, 2025, TODAY).rows} == {cast.board}
    assert {row.unit for row in year_of(cast.eva, 2025, TODAY).rows} == {cast.board, cast.school_board}
    assert {row.unit for row in year_of(cast.eva, 2025, TODAY, cast.school_board).rows} == {cast.school_board}


def test_a_confidential_risk_is_not_counted_for_who_does_not_see_it(cast: Cast, today: date) -> None:
    control = monthly(cast, school=True)
    control.risk.is_confidential, control.risk.confidentiality_section = True, "OSL 18:8"
    control.risk.save()
    make_check(control, date(2025, 9, 30), performer=None)
    assert year_of(cast.ulla, 2025, TODAY).total == 0
    assert year_of(cast.eva, 2025, TODAY).total > 0


def test_the_dates_of_the_closings_come_in_order_with_those_of_the_year_end_in_the_next_year(cast: Cast) -> None:
    found = year_of(cast.eva, 2025, TODAY).milestones
    assert [one.day for one in found] == sorted(one.day for one in found)
    assert (len(found), found[-1].day, [one.is_past for one in found].count(True)) == (8, date(2026, 4, 15), 1)


def test_the_table_holds_what_the_wheel_shows(cast: Cast, today: date, client: Client) -> None:
    monthly(cast)
    client.force_login(cast.eva)
    page = client.get(reverse("year"))
    text = page.content.decode()
    assert "<table" in text
    assert text.count('<path class="arc') == len(page.context["wheel"].arcs)
    cells = re.findall(r'<td data-label="[a-zåäö]+"', text)
    assert len(cells) >= 12
    assert "style=" not in text


@pytest.mark.parametrize("query", ["year=0", "year=abc", "year=99999999999999999999", "unit=x", "unit=999999", "year=2031"])
def test_an_odd_address_is_answered(cast: Cast, today: date, client: Client, query: str) -> None:
    client.force_login(cast.eva)
    assert client.get(f"{reverse('year')}?{query}").status_code == 200


def test_an_empty_year_says_what_to_do(cast: Cast, today: date, client: Client) -> None:
    cast.interim.delete()
    cast.annual.delete()
    client.force_login(cast.eva)
    assert reverse("year_closings") in client.get(reverse("year")).content.decode()


def test_the_page_costs_the_same_few_queries_at_two_sizes(cast: Cast, today: date, client: Client) -> None:
    client.force_login(cast.eva)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("year"), {"year": 2025}).status_code == 200
        return len(queries)

    monthly(cast)
    monthly(cast, school=True, frequency="weekly")
    run.run(TODAY)
    few = cost()
    for number in range(80):
        monthly(cast, school=number % 2 == 0, frequency="weekly", anchor_on=date(2025, 1, 6))
    run.run(TODAY)
    assert Check.objects.count() > 2500
    assert cost() == few <= 14


def test_next_year_s_closings_are_set_from_this_year_s_page_by_whoever_may(cast: Cast, today: date, client: Client) -> None:
    address = f"{reverse('year_closings')}?year=2026"
    client.force_login(cast.eva)
    assert address in client.get(f"{reverse('year')}?year=2025").content.decode()
    client.force_login(cast.karin)
    assert address not in client.get(f"{reverse('year')}?year=2025").content.decode()
