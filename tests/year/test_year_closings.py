"""The Swedish year ready-made, and deadlines counted back from a closing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.models import Closing
from controls.scheduling.working_days import is_working_day
from controls.year.closing_dates import breaches, count_back, usual_dates
from tests.cast import Cast


def sent(client: Client, cast: Cast, **fields: Any) -> Any:
    client.force_login(cast.eva)
    return client.post(reverse("year_closings"), {"unit": cast.municipality.pk, "year": 2027, **fields})


@pytest.mark.parametrize("year", range(2024, 2040))
@pytest.mark.parametrize("kind", ["interim", "annual"])
def test_the_ready_made_year_keeps_within_the_law_every_year(kind: str, year: int) -> None:
    days = usual_dates(kind, year)
    assert breaches(kind, year, days.cut_off, days.report_due) == []


def test_deadlines_are_counted_back_in_swedish_working_days() -> None:
    days = count_back(usual_dates("annual", 2025), date(2026, 4, 15), 5, 10, is_working_day)
    # Easter 2026: Good Friday on 3 April, Monday on 6 April; 15 April back five working days is 8 April.
    assert (days.approval_due, days.follow_up_due) == (date(2026, 4, 8), date(2026, 3, 23))


def test_follow_ups_are_never_asked_for_before_the_cut_off() -> None:
    with pytest.raises(ValueError, match="2025"):
        count_back(usual_dates("interim", 2025), date(2025, 9, 15), 10, 10, is_working_day)


def test_a_whole_year_is_looked_at_and_made_in_one_step(cast: Cast, today: date, client: Client) -> None:
    looked = sent(client, cast, look="1", with_tertial="on")
    assert [closing.kind for closing, _said, _there in looked.context["shown"]] == ["first_tertial", "interim", "annual"]
    assert not Closing.objects.filter(year=2027).exists()
    assert sent(client, cast, save="1").status_code == 302
    assert {one.kind: one.cut_off for one in Closing.objects.filter(year=2027)} == {
        "interim": date(2027, 8, 31),
        "annual": date(2027, 12, 31),
    }
    assert all(one.history.get().history_user == cast.eva for one in Closing.objects.filter(year=2027))


def test_what_is_there_stays_and_nothing_is_made_twice(cast: Cast, today: date, client: Client) -> None:
    sent(client, cast, year=2025, save="1", report_interim="2025-10-20")
    assert Closing.objects.filter(year=2025).count() == 2
    assert Closing.objects.get(year=2025, kind="interim").report_due == cast.interim.report_due


def test_the_municipality_s_own_date_is_counted_back_from(cast: Cast, today: date, client: Client) -> None:
    sent(client, cast, save="1", report_interim="2027-10-11", approval_days="5", follow_up_days="5")
    closing = Closing.objects.get(year=2027, kind="interim")
    assert (closing.report_due, closing.approval_due, closing.follow_up_due) == (
        date(2027, 10, 11),
        date(2027, 10, 4),
        date(2027, 9, 27),
    )


def test_dates_beyond_the_law_are_warned_of_before_saving(cast: Cast, today: date, client: Client) -> None:
    page = sent(client, cast, look="1", report_interim="2027-11-15", report_annual="2028-04-20").content.decode()
    assert "11:16" in page
    assert "11:20" in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"approval_days": "5"}, "follow_up_days"),
        ({"report_interim": "2027-09-03", "approval_days": "5", "follow_up_days": "5"}, "report_interim"),
        ({"report_annual": "2028-01-15"}, "report_annual"),
        ({"year": "20270"}, "year"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(cast: Cast, today: date, client: Client, fields: dict[str, str], field: str) -> None:
    answer = sent(client, cast, save="1", **fields)
    assert field in answer.context["form"].errors
    assert not Closing.objects.filter(year=2027).exists()


def test_a_date_on_a_day_off_is_pointed_out(cast: Cast, today: date, client: Client) -> None:
    # 31 October 2027 is a Sunday.
    assert any("31 oktober 2027" in day for day in sent(client, cast, look="1").context["days_off"])
