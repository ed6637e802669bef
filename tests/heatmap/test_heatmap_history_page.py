"""The page of the heatmap over time: the picture and the table say the same; the slider's form; files; queries; whom it tells."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from riskreg import clock
from riskreg.models import ControlPlan, Risk, Role
from riskreg.plans.risks import change_risk
from tests.cast import Cast, make_matrix, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def lived(cast: Cast) -> Cast:
    with clock.at(date(2025, 3, 15)):
        energy = make_risk(cast.plan, "Energibrist", likelihood=2, impact=2)
        make_risk(cast.plan, "Löner")
    with clock.at(date(2025, 4, 15)):
        change_risk(energy, by=cast.eva, likelihood=4, impact=3, reason="Elpriset steg")
        make_risk(cast.school_plan, "Frånvaro", likelihood=1, impact=2)
    return cast


def asked(client: Client, user: Any, page: str = "heatmap_history", **query: Any) -> Any:
    client.force_login(user)
    answer = client.get(reverse(page), query)
    assert answer.status_code == 200
    return answer


def test_a_day_shows_what_was_there(client: Client, lived: Cast) -> None:
    page = asked(client, lived.eva, day="2025-03-31")
    assert [(row["cell"].words, [risk.title for risk in row["risks"]]) for row in page.context["rows"]] == [
        ("3 × 2", ["Löner"]),
        ("2 × 2", ["Energibrist"]),
    ]
    assert asked(client, lived.eva, day="2025-03-01").context["heat"].total == 0


def test_the_picture_and_the_table_hold_the_same_numbers(client: Client, lived: Cast) -> None:
    page = asked(client, lived.eva, against="2025-03-31")
    picture = ET.fromstring(str(page.context["picture"]))
    titles = [group.findtext(f"{SVG}title") for group in picture.iter(f"{SVG}g")]
    for change in page.context["moved"].changes:
        if change.is_arrow:
            assert change.words in titles
        assert change.words in (picture.findtext(f"{SVG}desc") or "")
    for row in page.context["rows"]:
        cell = row["cell"]
        group = picture.find(f".//{SVG}g[@id='cell-{cell.cell.likelihood}-{cell.cell.impact}']")
        assert group is not None
        assert str(cell.number) in [text.text for text in group.iter(f"{SVG}text")]
    assert [(one.kind.value, one.number, [risk.title for risk in one.risks]) for one in page.context["moved"].changes] == [
        ("raised", 1, ["Energibrist"]),
        ("new", 1, ["Frånvaro"]),
    ]
    assert page.context["moved"].unchanged == 1


def test_the_later_of_two_days_is_the_one_shown(client: Client, lived: Cast) -> None:
    page = asked(client, lived.eva, day="2025-03-31", against="2025-04-30")
    assert [one.kind.value for one in page.context["moved"].changes] == ["raised", "new"]


def test_the_sliders_form_without_scripts_shows_the_stops_day(client: Client, lived: Cast) -> None:
    stops = asked(client, lived.eva).context["stops"]
    days = [stop.day for stop, _url, _chosen in stops]
    assert days[0] == date(2024, 12, 31)
    assert days[-1] == date(2025, 9, 8)
    labels = {stop.day: stop.label for stop, _url, _chosen in stops}
    assert labels[date(2025, 8, 31)] == str(lived.interim)
    index = days.index(date(2025, 3, 31))
    page = asked(client, lived.eva, stop=str(index), year="2025")
    assert page.context["heat"].total == 2
    assert page.context["stop"] == index
    for nonsense in ("99", "-1", "x", "9" * 50):
        asked(client, lived.eva, stop=nonsense)


@pytest.mark.parametrize("query", [{"day": "igår"}, {"against": "2025-13-40"}, {"unit": "0"}, {"against_year": "1900"}])
def test_nonsense_is_told_by_its_field(client: Client, lived: Cast, query: dict[str, str]) -> None:
    page = asked(client, lived.eva, **query)
    assert page.context["heat"] is None
    assert next(iter(query.values())) in page.content.decode()
    for name in ("heatmap_history_svg", "heatmap_history_png"):
        assert client.get(reverse(name), query).status_code == 404


def test_a_unit_is_rolled_up_as_the_tree_is(client: Client, lived: Cast) -> None:
    numbers = {
        unit.name: asked(client, lived.eva, unit=unit.pk).context["heat"].total
        for unit in (lived.municipality, lived.board, lived.central_office, lived.school_board)
    }
    assert list(numbers.values()) == [3, 2, 0, 1]


def test_who_reaches_a_part_of_the_tree_looks_back_at_that_part(client: Client, lived: Cast) -> None:
    with clock.at(date(2025, 3, 20)):
        make_risk(lived.plan, "Nyckelpersoner", unit=lived.central_office, likelihood=2, impact=3)
        moved = make_risk(lived.plan, "Felaktig lön", unit=lived.payroll, likelihood=2, impact=2)
        make_risk(lived.school_plan, "Gemensam", is_municipality_wide=True, likelihood=4, impact=4)
    with clock.at(date(2025, 5, 20)):
        change_risk(moved, by=lived.eva, unit=lived.board, likelihood=4, impact=4, reason="Flyttad till nämnden")
    office = make_user("Maja Lund", lived.central_office, Role.MANAGER)
    payroll = make_user("Per Ek", lived.payroll, Role.MANAGER)
    units = {"municipality": "", "board": lived.board.pk, "office": lived.central_office.pk, "payroll": lived.payroll.pk}

    def titles(user: Any, **query: Any) -> set[str]:
        page = asked(client, user, **query)
        return set() if page.context["heat"] is None else {seen.title for row in page.context["rows"] for seen in row["risks"]}

    spring, summer = {"day": "2025-03-31"}, {"day": "2025-06-30"}
    all_of_board = {"Energibrist", "Löner", "Nyckelpersoner", "Felaktig lön"}
    assert titles(lived.eva, **spring, unit=units["board"]) == titles(lived.eva, **summer, unit=units["board"]) == all_of_board
    assert titles(lived.eva, **spring, unit=units["office"]) == {"Nyckelpersoner", "Felaktig lön"}
    assert titles(lived.eva, **summer, unit=units["office"]) == {"Nyckelpersoner"}
    assert titles(lived.johan, **spring) == all_of_board | {"Gemensam"}
    # What has left the part since is no longer theirs to see: not on the days before, either.
    assert titles(office, **spring) == titles(office, **summer) == {"Nyckelpersoner", "Gemensam"}
    assert titles(payroll, **spring) == titles(payroll, **summer) == {"Gemensam"}
    assert titles(office, **spring, unit=units["payroll"]) == titles(payroll, **spring, unit=units["board"]) == set()
    assert titles(lived.ulla, **spring) == {"Gemensam"}


def test_last_years_plans_are_compared_through_the_links(client: Client, lived: Cast) -> None:
    last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
    with clock.at(date(2024, 3, 1)):
        old = make_risk(last, "Energibrist", likelihood=3, impact=3)
        make_risk(last, "Slutade", likelihood=1, impact=1)
    Risk.objects.filter(title="Energibrist", plan=lived.plan).update(carried_from=old)
    page = asked(client, lived.johan, against_year="2024")
    found = {(one.kind.value, one.before_words, one.after_words) for one in page.context["moved"].changes}
    assert found == {("raised", "3 × 3 = 9", "4 × 3 = 12"), ("new", "–", "3 × 2 = 6"), ("gone", "1 × 1 = 1", "–")}


def test_what_another_matrix_scored_is_said_and_not_compared(client: Client, lived: Cast) -> None:
    other = make_matrix(lived.municipality, size=6, name="Gammal matris")
    last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=other)
    with clock.at(date(2024, 3, 1)):
        old = make_risk(last, "Energibrist", likelihood=5, impact=5)
    Risk.objects.filter(title="Energibrist", plan=lived.plan).update(carried_from=old)
    page = asked(client, lived.johan, against_year="2024")
    assert ("rescaled", "5 × 5 = 25") in {(one.kind.value, one.before_words) for one in page.context["moved"].changes}


def test_before_and_after_controls_beside_each_other(client: Client, lived: Cast) -> None:
    energy = Risk.objects.get(title="Energibrist")
    with clock.at(date(2025, 6, 1)):
        change_risk(energy, by=lived.eva, residual_likelihood=2, residual_impact=3, reason="Reservkraft")
    page = asked(client, lived.eva, values="both")
    lowered = page.context["moved"].changes[0]
    assert (lowered.kind.value, lowered.before_words, lowered.after_words) == ("lowered", "4 × 3 = 12", "2 × 3 = 6")
    assert asked(client, lived.eva, values="after").context["heat"].placed == 1


def test_the_files_show_the_page(client: Client, lived: Cast) -> None:
    svg = asked(client, lived.eva, "heatmap_history_svg", against="2025-03-31")
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    assert "2025-09-08.svg" in svg.headers["Content-Disposition"]
    assert not re.search(r"style=|<style|<script|href=|url\(|@import|var\(", svg.content.decode())
    for name in ("heatmap_png", "heatmap_history_png"):
        assert asked(client, lived.eva, name).content.startswith(b"\x89PNG")


class TestManyRisks:
    """Where the risks are too many to be named all at once, every number leads to their names."""

    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("riskreg.views.looks_back.FEW", 0)

    def names(self, client: Client, url: str) -> list[str]:
        page = client.get(url).context["named"].page
        titles: list[str] = []
        for number in page.paginator.page_range:
            answer = client.get(url, {**dict(parse_qsl(urlsplit(url).query)), "page": number})
            titles += [risk.title for risk in answer.context["named"].page]
        assert len(titles) == page.paginator.count
        return titles

    @pytest.mark.parametrize(
        "query", [{"against": "2025-03-31"}, {"against_year": "2024"}, {"day": "2025-03-31"}, {"values": "both"}]
    )
    def test_every_number_leads_to_as_many_names(
        self, client: Client, lived: Cast, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("riskreg.views.named_risks.PER_PAGE", 2)
        last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
        with clock.at(date(2024, 3, 1)):
            old = make_risk(last, "Energibrist", likelihood=3, impact=3)
            make_risk(last, "Slutade", likelihood=1, impact=1)
        Risk.objects.filter(title="Energibrist", plan=lived.plan).update(carried_from=old)
        with clock.at(date(2025, 3, 20)):
            for number in range(5):
                make_risk(lived.plan, f"Ny {number}", risk_score=6)
        energy = Risk.objects.get(title="Energibrist", plan=lived.plan)
        change_risk(energy, by=lived.eva, residual_likelihood=2, residual_impact=2, reason="Reservkraft")
        page = asked(client, lived.eva, **query)
        assert not page.context["few"]
        numbers = [(change.number, url) for change, url in page.context["changes"]]
        numbers += [(row["cell"].number, row["url"]) for row in page.context["rows"]]
        numbers += [(row.number, url) for row, _risks, url in page.context["unplaced"]]
        assert len(numbers) > 1
        for number, url in numbers:
            assert len(self.names(client, url)) == number, url

    def test_a_move_names_its_risks_and_keeps_the_secret(self, client: Client, lived: Cast) -> None:
        url = reverse("heatmap_history") + "?year=2025&against=2025-03-31&which=2.2.4~4.3.12"
        client.force_login(lived.ake)
        assert self.names(client, url) == ["Energibrist"]
        energy = Risk.objects.get(title="Energibrist")
        with clock.at(date(2025, 5, 1)):
            change_risk(energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        with clock.at(date(2025, 7, 1)):
            change_risk(energy, by=lived.eva, is_confidential=False)
        assert self.names(client, url) == ["Energibrist"]
        hidden_then = reverse("heatmap_history") + "?year=2025&day=2025-06-01&against=2025-03-31"
        assert self.names(client, f"{hidden_then}&which=2.2.4~4.3.12") == []
        assert self.names(client, f"{hidden_then}&which=2.2.4~-") == ["Energibrist"]
        client.force_login(lived.eva)
        assert self.names(client, f"{hidden_then}&which=2.2.4~4.3.12") == ["Energibrist"]

    def test_nonsense_names_nothing(self, client: Client, lived: Cast) -> None:
        for which in ("x", "1.2", "1.2.3~", "~", "1.2.3~4.5.6~7.8.9", "1.2.3\n", "٣.٣.٩", "9.9.99999"):
            named = asked(client, lived.eva, which=which).context["named"]
            assert named is None or not list(named.page)


class TestConfidential:
    @pytest.fixture
    def hidden(self, lived: Cast) -> Risk:
        """Open until May, confidential in May and June, open again in July."""
        energy = Risk.objects.get(title="Energibrist")
        with clock.at(date(2025, 5, 1)):
            change_risk(energy, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        with clock.at(date(2025, 7, 1)):
            change_risk(energy, by=lived.eva, is_confidential=False)
        return energy

    @pytest.mark.parametrize("query", [{"day": "2025-05-31"}, {"day": "2025-06-15", "against": "2025-05-31"}])
    def test_the_days_it_was_confidential_do_not_tell(
        self, client: Client, lived: Cast, hidden: Risk, query: dict[str, str]
    ) -> None:
        blind, seeing = (asked(client, user, **query) for user in (lived.ake, lived.eva))
        assert seeing.context["heat"].total - blind.context["heat"].total == 1
        assert "Energibrist" not in blind.content.decode()
        assert "Energibrist" in seeing.content.decode()
        assert (blind.context["hidden"], seeing.context["hidden"]) == (1, 0)
        assert "1 sekretessbelagd risk visas inte" in blind.content.decode()
        svg = asked(client, lived.ake, "heatmap_history_svg", **query).content.decode()
        assert "(Hög): 1" not in svg

    def test_only_the_days_asked_for_count_what_is_not_shown(self, client: Client, lived: Cast, hidden: Risk) -> None:
        numbers = {day: asked(client, lived.ake, day=day).context["hidden"] for day in ("2025-04-20", "2025-06-15", "2025-07-15")}
        assert list(numbers.values()) == [0, 1, 0]
        change_risk(hidden, by=lived.eva, is_confidential=True, confidentiality_section="OSL 18:8")
        days = ("2025-03-10", "2025-03-31", "2025-07-15")  # before it was there, and two days on which it was open
        assert [asked(client, lived.ake, day=day).context["hidden"] for day in days] == [0, 1, 1]
        trend = asked(client, lived.ake, "trend")
        assert [kept for *_look, kept in trend.context["bands"].rows][:4] == [0, 0, 0, 1]
        last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
        with clock.at(date(2024, 3, 1)):
            make_risk(last, "Hemlig", is_confidential=True, confidentiality_section="OSL 18:8")
        assert asked(client, lived.ake, against_year="2024").context["hidden"] == 2

    def test_confidential_now_is_hidden_on_every_day(self, client: Client, lived: Cast) -> None:
        energy = Risk.objects.get(title="Energibrist")
        hidden: dict[str, Any] = {"is_confidential": True, "confidentiality_section": "OSL 18:8"}
        change_risk(energy, by=lived.eva, residual_likelihood=1, residual_impact=2, reason="Reservkraft", **hidden)
        for query in ({"day": "2025-03-31"}, {"against": "2025-03-31"}, {"against_year": "2025"}, {"values": "both"}):
            assert "Energibrist" not in asked(client, lived.ake, **query).content.decode()
            assert "Energibrist" in asked(client, lived.eva, **query).content.decode()


@pytest.mark.parametrize(
    ("query", "most"),
    [({}, 7), ({"day": "2025-05-01"}, 7), ({"day": "2025-05-01", "against": "2025-03-20"}, 8), ({"against_year": "2024"}, 8)],
)
def test_the_page_takes_at_most_eight_queries_whatever_the_number_of_risks(
    client: Client, lived: Cast, query: dict[str, str], most: int
) -> None:
    last = ControlPlan.objects.create(unit=lived.board, year=2024, matrix=lived.matrix)
    client.force_login(lived.eva)
    taken = []
    for number in (20, 200):
        for plan in (last, lived.plan):
            with clock.at(date(2025, 3, 18)):
                for _ in range(number):
                    make_risk(plan, f"Risk {plan.risks.count()}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("heatmap_history"), query).status_code == 200
        taken.append(len(queries))
    assert max(taken) <= most
