"""The trend: bands day by day and year by year, top movers, deviations, lateness; for whom, by how many queries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from controls.analysis.lateness import LATENESS
from controls.models import FollowUp
from riskreg import clock
from riskreg.models import ControlPlan, Risk, RiskCategory
from riskreg.plans.risks import change_risk
from tests.cast import Cast, make_closing, make_control, make_follow_up, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def lived(cast: Cast) -> Cast:
    with clock.at(date(2025, 1, 15)):
        energy = make_risk(cast.plan, "Energibrist", likelihood=2, impact=2)
        pay = make_risk(cast.plan, "Löner", likelihood=3, impact=2)
        make_risk(cast.school_plan, "Frånvaro", likelihood=1, impact=1)
    with clock.at(date(2025, 4, 15)):
        change_risk(energy, by=cast.eva, likelihood=4, impact=4, reason="Elpriset steg")
    with clock.at(date(2025, 6, 15)):
        change_risk(pay, by=cast.eva, likelihood=2, impact=2, reason="Attesten fungerar")
    return cast


def asked(client: Client, user: Any, **query: Any) -> Any:
    client.force_login(user)
    answer = client.get(reverse("trend"), query)
    assert answer.status_code == 200
    return answer


def bands(page: Any) -> dict[str, list[int]]:
    return {look.label: numbers for look, numbers, *_others in page.context["bands"].rows}


def test_each_stop_has_its_numbers(client: Client, lived: Cast) -> None:
    found = bands(asked(client, lived.eva))
    assert found["31 dec 2024"] == [0, 0, 0, 0]
    assert found["31 jan 2025"] == [1, 1, 1, 0]
    assert found["30 apr 2025"] == [1, 0, 1, 1]
    assert found[str(lived.interim)] == [1, 1, 0, 1]


def test_a_stop_leads_to_its_heatmap_with_the_same_numbers(client: Client, lived: Cast) -> None:
    page = asked(client, lived.eva)
    for look, numbers, *_others in page.context["bands"].rows:
        heat = client.get(look.url).context["heat"]
        assert [total.number for total in heat.bands] == numbers


def test_the_greatest_moves_come_first_with_their_lines(client: Client, lived: Cast) -> None:
    page = asked(client, lived.eva)
    assert [(mover.risk.title, mover.kind.value, mover.before.score, mover.after.score) for mover in page.context["moved"]] == [
        ("Energibrist", "raised", 4, 16),
        ("Löner", "lowered", 6, 4),
    ]
    lines = page.context["lines"]
    row = next(row for row in lines.rows if "Energibrist" in row[0])
    assert dict(zip(lines.head, row, strict=True))["31 mar 2025"] == "4"
    assert row[-1] == "16"


def test_a_unit_and_the_units_below_it_alone(client: Client, lived: Cast) -> None:
    assert bands(asked(client, lived.eva, unit=lived.school_board.pk))["31 jan 2025"] == [1, 0, 0, 0]
    assert bands(asked(client, lived.bo))["31 jan 2025"] == [1, 0, 0, 0]


def test_over_the_years_each_years_plans_are_counted(client: Client, lived: Cast) -> None:
    last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
    with clock.at(date(2024, 2, 1)):
        make_risk(last, "Energibrist", likelihood=4, impact=4)
    assert bands(asked(client, lived.eva, year="all")) == {"2024": [0, 0, 0, 1], "2025": [1, 1, 0, 1]}


def test_deviations_and_lateness_of_each_closing(client: Client, lived: Cast) -> None:
    before = make_closing(lived.municipality, "interim", 2024)
    control = make_control(Risk.objects.get(title="Löner"), performer=lived.karin)
    submitted = {"state": "submitted", "submitted_by": lived.karin, "result": "Granskat"}

    def at(day: date) -> datetime:
        return timezone.make_aware(datetime(day.year, day.month, day.day, 23, 30))

    make_follow_up(control, before, conclusion="minor_deviations", submitted_at=at(before.follow_up_due), **submitted)
    other = make_control(Risk.objects.get(title="Löner"), "Annan kontroll", performer=lived.karin)
    make_follow_up(other, before, conclusion="significant_deviations", submitted_at=at(date(2024, 9, 30)), **submitted)
    make_follow_up(control, lived.interim, due_on=date(2025, 9, 1))
    make_follow_up(other, lived.interim)
    rows = [each["row"] for each in asked(client, lived.eva).context["closings"]]
    assert [row.closing.pk for row in rows] == [before.pk, lived.interim.pk]
    assert (rows[0].deviations, dict(rows[0].lateness)) == (2, {"in_time": 1, "after": 1})
    assert dict(rows[1].lateness) == {"late": 1, "waiting": 1}
    urls = {series.tone: url for series, number, url in asked(client, lived.eva).context["closings"][1]["lateness"] if number}
    assert set(urls) == {"critical", "ongoing"}
    late, waiting = listed(client.get(urls["critical"])), listed(client.get(urls["ongoing"]))
    assert late == [(control.pk, lived.interim.pk, "late", "7 dagar försenad")]
    assert waiting == [(other.pk, lived.interim.pk, "waiting", "")]
    assert listed(client.get(urls["critical"].replace("came=late", "came=after"))) == []
    assert listed(client.get(reverse("follow_ups_in_time"), {"closing": before.pk})) == [
        (control.pk, before.pk, "in_time", ""),
        (other.pk, before.pk, "after", "18 dagar försenad"),
    ]
    assert asked(client, lived.bo).context["closings"] == []


def listed(page: Any) -> list[tuple[int, int, str, str]]:
    codes = {series.symbol: code for code, series in LATENESS.items()}
    return [(one.control_id, one.closing_id, codes[came.symbol], days) for one, came, days in page.context["rows"]]


def test_every_number_of_lateness_is_that_of_its_list_whatever_is_filtered(client: Client, lived: Cast) -> None:
    category = RiskCategory.objects.create(name="Ekonomi")
    Risk.objects.filter(title="Löner").update(category=category, is_municipality_wide=True)
    for risk in Risk.objects.all():
        make_follow_up(make_control(risk), lived.interim, due_on=date(2025, 9, 1))
        make_follow_up(make_control(risk, "Annan"), lived.annual)
    some: list[dict[str, Any]] = [{"unit": lived.board.pk}, {"plan": lived.plan.pk}, {"category": category.pk}]
    some += [{"wide": "no"}, {"year": "all"}, {}]
    sizes = []
    for query in some:
        found = asked(client, lived.eva, **query).context["closings"]
        for each in found:
            for _series, number, url in each["lateness"]:
                assert client.get(url).context["page_obj"].paginator.count == number
        sizes.append(sum(each["row"].lateness["late"] for each in found))
    assert sizes == [2, 2, 1, 2, 3, 3]


def test_nobody_is_told_of_follow_ups_that_they_do_not_see(client: Client, lived: Cast) -> None:
    secret = make_risk(lived.plan, "Hemligt", is_confidential=True, confidentiality_section="OSL 18:8")
    for risk in (secret, Risk.objects.get(title="Löner"), Risk.objects.get(title="Frånvaro")):
        make_follow_up(make_control(risk), lived.interim, due_on=date(2025, 9, 1))
    titles = {}
    for user in (lived.eva, lived.ake, lived.bo):
        client.force_login(user)
        page = client.get(reverse("follow_ups_in_time"), {"came": "late"})
        titles[user.pk] = {one.control.risk.title for one, _came, _days in page.context["rows"]}
        assert ("Hemligt" in page.content.decode()) == ("Hemligt" in titles[user.pk])
    assert titles[lived.eva.pk] == {"Hemligt", "Löner", "Frånvaro"}
    assert titles[lived.ake.pk] == {"Löner", "Frånvaro"}
    assert titles[lived.bo.pk] == {"Frånvaro"}


def test_an_unknown_word_in_the_lists_address_leaves_nothing_and_says_so(client: Client, lived: Cast) -> None:
    make_follow_up(make_control(Risk.objects.get(title="Löner")), lived.interim)
    client.force_login(lived.eva)
    page = client.get(reverse("follow_ups_in_time"), {"came": "sometimes"})
    assert (page.status_code, page.context["rows"]) == (200, [])
    assert "sometimes" in page.content.decode()


def test_the_list_takes_the_same_queries_whatever_the_number_of_follow_ups(client: Client, lived: Cast) -> None:
    client.force_login(lived.eva)
    taken = []
    for number in (5, 40):
        for index in range(number):
            make_follow_up(make_control(make_risk(lived.plan, f"Risk {number}-{index}"), performer=lived.karin), lived.interim)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("follow_ups_in_time"), {"closing": lived.interim.pk})
        taken.append((len(page.context["rows"]), len(queries)))
    assert taken == [(5, 6), (45, 6)]


def test_a_number_of_deviations_leads_to_its_risks(client: Client, lived: Cast) -> None:
    control = make_control(Risk.objects.get(title="Löner"), performer=lived.karin)
    make_follow_up(control, lived.interim, conclusion="minor_deviations", state="in_progress", result="Granskat")
    page = asked(client, lived.eva)
    url = next(url for one, number, url in page.context["closings"][0]["conclusions"] if number)
    assert [risk.title for risk in client.get(url).context["page_obj"]] == ["Löner"]


def test_what_is_confidential_now_or_was_then_is_not_counted(client: Client, lived: Cast) -> None:
    energy = Risk.objects.get(title="Energibrist")
    with clock.at(date(2025, 2, 10)):
        section = {"is_confidential": True, "confidentiality_section": "OSL 18:8"}
        secret = make_risk(lived.plan, "Hemligt", likelihood=4, impact=4, **section)
    make_follow_up(make_control(secret), lived.interim, conclusion="significant_deviations", state="in_progress", result="Fel")
    with clock.at(date(2025, 5, 10)):
        change_risk(energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
    with clock.at(date(2025, 7, 10)):
        change_risk(energy, by=lived.eva, is_confidential=False)
    blind, seeing = asked(client, lived.ake), asked(client, lived.eva)
    assert bands(blind)["31 maj 2025"][3] == 0
    assert bands(seeing)["31 maj 2025"][3] == 2
    assert "Hemligt" not in blind.content.decode()
    assert blind.context["closings"] == []
    assert seeing.context["closings"][0]["row"].deviations == 1


def test_nothing_at_all_says_what_to_do(client: Client, cast: Cast) -> None:
    page = asked(client, cast.eva)
    assert page.context["is_empty"]
    ControlPlan.objects.all().delete()
    asked(client, cast.eva)


@pytest.mark.parametrize("year", ["2025", "all"])
def test_the_trend_takes_at_most_eleven_queries_whatever_the_number_of_risks(client: Client, lived: Cast, year: str) -> None:
    last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
    with clock.at(date(2024, 2, 1)):
        old = make_risk(last, "Energibrist", likelihood=1, impact=1)
    Risk.objects.filter(title="Energibrist", plan=lived.plan).update(carried_from=old)
    client.force_login(lived.eva)
    taken = []
    for number in (10, 100):
        with clock.at(date(2025, 3, 1)):
            for _ in range(number):
                risk = make_risk(lived.plan, f"Risk {lived.plan.risks.count()}")
                make_follow_up(make_control(risk), lived.interim)
        with clock.at(date(2025, 5, 1)):
            change_risk(risk, by=lived.eva, likelihood=1, impact=1, reason="Löst")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("trend"), {"year": year}).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 11
    assert FollowUp.objects.count() == 110


def test_with_very_many_risks_every_third_month_and_the_closings_are_shown(
    client: Client, lived: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bands(asked(client, lived.eva))
    monkeypatch.setattr("controls.views.analysis.trend.MANY", 2)
    page = asked(client, lived.eva)
    assert page.context["is_thinned"]
    fewer = bands(page)
    days = ["31 dec 2024", "31 mar 2025", "30 jun 2025", str(lived.interim)]
    assert [label for label in fewer if label in whole] == list(fewer)
    assert list(fewer)[:4] == days
    assert all(whole[label] == numbers for label, numbers in fewer.items())


def test_over_the_years_a_risk_is_followed_through_what_it_was_carried_over_from(client: Client, lived: Cast) -> None:
    plans = {year: ControlPlan.objects.create(unit=lived.board, year=year, matrix=lived.matrix) for year in (2023, 2024)}
    with clock.at(date(2023, 2, 1)):
        first = make_risk(plans[2023], "Elbrist", likelihood=1, impact=2)
    with clock.at(date(2024, 2, 1)):
        second = make_risk(plans[2024], "Elbrist", likelihood=2, impact=3, carried_from=first)
        started = make_risk(plans[2024], "Lönefel", likelihood=3, impact=4)
    Risk.objects.filter(title="Energibrist").update(carried_from=second)
    Risk.objects.filter(title="Löner").update(carried_from=started)
    page = asked(client, lived.eva, year="all")
    assert [(mover.risk.title, mover.before.score, mover.after.score) for mover in page.context["moved"]] == [
        ("Energibrist", 2, 16),
        ("Löner", 12, 4),
    ]
    lines = {row[0].split(maxsplit=1)[1]: row[1:] for row in page.context["lines"].rows}
    assert lines == {"Energibrist": ["2", "6", "16"], "Löner": ["–", "12", "4"]}
    first.is_confidential, first.confidentiality_section = True, "OSL 18:8"
    first.save()
    blind = asked(client, lived.ake, year="all")
    assert [(mover.before.score, mover.after.score) for mover in blind.context["moved"]] == [(6, 16), (12, 4)]
