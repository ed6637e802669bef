"""The list of risks, the risk's page, the plans and the plan's page: what they say, to whom, at what cost."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from controls.analysis.concluded import latest_conclusions, methods_by_risk
from controls.models import Action, Conclusion
from riskreg.models import ControlPlan, Risk
from riskreg.views.risks import SORTS
from tests.cast import Cast, make_control, make_follow_up, make_many_risks, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def eva(client: Client, cast: Cast) -> Client:
    client.force_login(cast.eva)
    return client


def listed(client: Client, **query: str | int) -> list[str]:
    return [risk.title for risk in client.get(reverse("risks"), query).context["page_obj"]]


class TestList:
    def test_titles_sort_in_swedish_order_both_ways(self, eva: Client, cast: Cast) -> None:
        for title in ("Ändring", "Zon", "Överlast", "Avgift", "Åska", "ängar"):
            make_risk(cast.plan, title)
        expected = ["Avgift", "Zon", "Åska", "Ändring", "ängar", "Överlast"]
        assert listed(eva, sort="title") == sorted(expected, key=expected.index)
        assert listed(eva, sort="-title") == list(reversed(expected))

    def test_the_highest_score_comes_first_and_the_unscored_last(self, eva: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Obedömd", risk_score=None)
        make_risk(cast.plan, "Låg", likelihood=1, impact=1)
        make_risk(cast.plan, "Hög", likelihood=4, impact=4)
        assert listed(eva) == ["Hög", "Låg", "Obedömd"]
        assert listed(eva, sort="score") == ["Låg", "Hög", "Obedömd"]

    @pytest.mark.parametrize("name", SORTS)
    def test_every_heading_sorts_both_ways_and_tells_it(self, eva: Client, cast: Cast, name: str) -> None:
        make_many_risks(cast.plan, 12, performer=cast.karin)
        make_risk(cast.plan, "Utan något", risk_score=None)
        up, down = listed(eva, sort=name), listed(eva, sort=f"-{name}")
        assert sorted(up) == sorted(down)
        assert len(up) == 13
        page = eva.get(reverse("risks"), {"sort": name}).content.decode()
        assert page.count('aria-sort="ascending"') == 1

    def test_an_unknown_sort_is_the_default(self, eva: Client, cast: Cast) -> None:
        make_many_risks(cast.plan, 5)
        assert listed(eva, sort="owner__password") == listed(eva)

    def test_fifty_risks_make_a_page_and_none_is_lost_between_pages(self, eva: Client, cast: Cast) -> None:
        make_many_risks(cast.plan, 120)
        pages = [listed(eva, page=number) for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [50, 50, 20]
        assert len({title for page in pages for title in page}) == 120
        assert listed(eva, page=99) == pages[-1]
        assert listed(eva, page="x") == pages[0]

    def test_filters_and_sort_survive_turning_the_page(self, eva: Client, cast: Cast) -> None:
        make_many_risks(cast.plan, 120)
        text = eva.get(reverse("risks"), {"q": "Risk", "sort": "title"}).content.decode()
        assert re.search(r'href="\?q=Risk&amp;sort=title&amp;page=2"', text)

    def test_each_row_says_how_the_risk_is_followed_up_and_what_that_concluded_last(self, eva: Client, cast: Cast) -> None:
        control = make_control(make_risk(cast.plan, "Löner"), method="sampling")
        make_control(control.risk, method="survey")
        make_follow_up(control, cast.interim, result="x", conclusion="significant_deviations")
        make_follow_up(control, cast.annual, result="x", conclusion="no_deviations")
        make_follow_up(make_control(make_risk(cast.plan, "Nya"), method="review"), cast.interim)
        make_risk(cast.plan, "Utan kontroll")
        context = eva.get(reverse("risks")).context
        cells = {risk.title: strip_tags(more) for risk, more in zip(context["page_obj"], context["more_cells"], strict=True)}
        assert cells == {
            "Löner": "Stickprov, Enkät✓Inga avvikelser Årsbokslut 2025",
            "Nya": "GranskningIngen bedömning ännu",
            "Utan kontroll": "Inget kontrollmoment",
        }

    def test_conclusions_of_units_that_the_reader_does_not_see_are_not_listed(self, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Gemensam", is_municipality_wide=True)
        control = make_control(risk)
        make_follow_up(control, cast.interim, unit=cast.school_board, result="x", conclusion="minor_deviations")
        make_follow_up(control, cast.interim, result="x", conclusion="no_deviations")
        for person, conclusions in ((cast.eva, ["minor_deviations", "no_deviations"]), (cast.bo, ["minor_deviations"])):
            found = latest_conclusions(person, [risk.pk])[risk.pk]
            assert [each.conclusion for each in found] == conclusions

    def test_a_page_of_risks_has_room_for_so_many(self, cast: Cast) -> None:
        with pytest.raises(ValueError, match="101"):
            methods_by_risk(range(101))

    def test_the_gravest_of_several_controls_conclusions_stands_first(self, eva: Client, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Löner")
        for conclusion in Conclusion.values:
            make_follow_up(make_control(risk), cast.interim, result="x", conclusion=conclusion)
        found = latest_conclusions(cast.eva, [risk.pk])[risk.pk]
        assert [each.conclusion for each in found] == [
            "significant_deviations",
            "minor_deviations",
            "could_not_be_performed",
            "ongoing",
            "no_deviations",
        ]

    def test_risks_out_of_sight_are_not_listed(self, client: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Styrelsens")
        make_risk(cast.plan, "Sekretess", is_confidential=True, confidentiality_section="OSL 18:8")
        make_risk(cast.school_plan, "Skolans")
        expected = {"karin": {"Styrelsens"}, "johan": {"Styrelsens", "Sekretess"}, "bo": {"Skolans"}, "nils": set()}
        for who, titles in expected.items():
            client.force_login(getattr(cast, who))
            answer = client.get(reverse("risks"))
            assert {risk.title for risk in answer.context["page_obj"]} == titles, who

    def test_markup_in_a_title_is_shown_as_text(self, eva: Client, cast: Cast) -> None:
        make_risk(cast.plan, "<b>&\"'{{ x }}")
        for name in ("risks", "heatmap", "plans"):
            assert '<b>&"' not in eva.get(reverse(name)).content.decode()

    def test_the_list_and_the_heatmap_lead_to_each_other_with_the_same_filters(self, eva: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Löner")
        page = eva.get(f"{reverse('risks')}?q=Löner&unit={cast.board.pk}&sort=title")
        there = eva.get(page.context["heatmap_url"])
        assert there.context["heat"].total == 1
        assert eva.get(there.context["list_url"]).context["page_obj"].paginator.count == 1

    @pytest.mark.parametrize("how_many", [20, 2000])
    def test_it_takes_eight_queries_whatever_the_number_of_risks(
        self, client: Client, cast: Cast, how_many: int, django_assert_num_queries: Any
    ) -> None:
        make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
        client.force_login(cast.johan)
        with django_assert_num_queries(8):
            assert client.get(reverse("risks")).context["page_obj"].paginator.count == how_many


class TestRisk:
    def test_it_shows_the_risk_and_every_closing_with_result_conclusion_and_actions(self, eva: Client, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Löner", description="Fel lön betalas ut", owner=cast.johan, placement_note="Antagande")
        control = make_control(risk, "Stickprov av attest", performer=cast.karin)
        follow_up = make_follow_up(control, cast.interim, result="Tre fel av sextio", conclusion="minor_deviations")
        Action.objects.create(
            follow_up=follow_up, description="Utbilda attestanter", responsible=cast.johan, due_on=date(2025, 10, 1)
        )
        text = eva.get(risk.get_absolute_url()).content.decode()
        for words in (
            "2025-01",
            "Fel lön betalas ut",
            "Johan Berg",
            "Antagande",
            "3 Möjlig",
            "2 Lindrig",
            "Stickprov av attest",
            "Karin Lindqvist",
            "Tre fel av sextio",
            "Utbilda attestanter",
            str(cast.interim),
        ):
            assert words in text, words

    def test_unknown_factors_are_said_to_be_unknown_and_the_possible_cells_are_offered(self, eva: Client, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Helhetstänk saknas", risk_score=6)
        page = eva.get(risk.get_absolute_url())
        assert page.context["placing"].could_be.replace("eller", "or") == "2 × 3 or 3 × 2"
        assert page.context["likelihood"] is None
        assert page.content.decode().count(reverse("place_risk", args=[risk.pk])) == 2

    @pytest.mark.parametrize(("who", "status"), [("karin", 200), ("ake", 200), ("bo", 404), ("nils", 404)])
    def test_it_is_found_only_by_those_who_see_it(self, client: Client, cast: Cast, who: str, status: int) -> None:
        risk = make_risk(cast.plan, "Löner")
        client.force_login(getattr(cast, who))
        assert client.get(risk.get_absolute_url()).status_code == status

    def test_a_confidential_one_is_not_found_without_the_right(self, client: Client, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Hot", is_confidential=True, confidentiality_section="OSL 18:8")
        for who, status in (("karin", 404), ("ake", 404), ("johan", 200)):
            client.force_login(getattr(cast, who))
            assert client.get(risk.get_absolute_url()).status_code == status, who

    def test_the_risk_it_was_carried_over_from_is_linked_unless_out_of_sight(self, client: Client, cast: Cast) -> None:
        last_year = ControlPlan.objects.create(unit=cast.board, year=2024, matrix=cast.matrix)
        old = make_risk(last_year, "Förra", is_confidential=True, confidentiality_section="OSL 18:8")
        risk = make_risk(cast.plan, "Löner", carried_from=old)
        for who, linked in (("johan", True), ("karin", False)):
            client.force_login(getattr(cast, who))
            text = client.get(risk.get_absolute_url()).content.decode()
            assert (old.get_absolute_url() in text, "Förra" in text) == (linked, linked), who

    def test_change_is_offered_to_those_who_may(self, client: Client, cast: Cast) -> None:
        risk = make_risk(cast.plan, "Löner")
        for who, offered in (("eva", True), ("johan", True), ("karin", False), ("ake", False)):
            client.force_login(getattr(cast, who))
            assert client.get(risk.get_absolute_url()).context["may_change"] is offered, who

    @pytest.mark.parametrize("how_many", [1, 12])
    def test_its_queries_do_not_grow_with_controls_and_closings(
        self, client: Client, cast: Cast, how_many: int, django_assert_num_queries: Any
    ) -> None:
        risk = make_risk(cast.plan, "Löner", owner=cast.johan)
        for _ in range(how_many):
            control = make_control(risk, performer=cast.karin)
            for closing in (cast.interim, cast.annual):
                follow_up = make_follow_up(control, closing, result="x", conclusion="no_deviations")
                Action.objects.create(follow_up=follow_up, description="Gör", responsible=cast.johan)
        client.force_login(cast.johan)
        with django_assert_num_queries(10):
            client.get(risk.get_absolute_url())


class TestPlans:
    def test_each_plan_says_its_state_and_how_its_risks_are_spread(self, eva: Client, cast: Cast) -> None:
        make_risk(cast.plan, likelihood=1, impact=1)
        make_risk(cast.plan, likelihood=4, impact=4)
        make_risk(cast.plan, risk_score=None)
        make_risk(cast.plan, likelihood=4, impact=4, is_dropped=False)
        rows = {row.plan.pk: row for row in eva.get(reverse("plans")).context["rows"]}
        mine = rows[cast.plan.pk]
        assert (mine.number, mine.not_scored) == (4, 1)
        assert [(band.name, number) for band, number in mine.bands] == [("Hög", 2), ("Låg", 1)]
        assert rows[cast.school_plan.pk].number == 0
        assert eva.get(mine.heatmap_url).context["heat"].total == 4
        assert eva.get(mine.risks_url).context["page_obj"].paginator.count == 4

    def test_years_and_keys_are_written_without_a_thousands_space(self, eva: Client, cast: Cast) -> None:
        make_risk(cast.plan)
        for address in (reverse("plans"), cast.plan.get_absolute_url(), reverse("heatmap"), reverse("risks")):
            assert not re.search("2[\xa0 ]025", eva.get(address).content.decode()), address

    @pytest.mark.parametrize(("who", "number"), [("eva", 2), ("karin", 1), ("bo", 1), ("nils", 0)])
    def test_only_the_plans_in_sight_are_listed(self, client: Client, cast: Cast, who: str, number: int) -> None:
        client.force_login(getattr(cast, who))
        assert len(client.get(reverse("plans")).context["rows"]) == number
        status = client.get(cast.school_plan.get_absolute_url()).status_code
        assert status == (200 if who in {"eva", "bo"} else 404)

    def test_the_plans_page_has_its_facts_and_its_risks_in_order_with_controls(self, eva: Client, cast: Cast) -> None:
        make_control(make_risk(cast.plan, "Andra", number=2), "Enkät till chefer", performer_text="Upphandlaren")
        make_risk(cast.plan, "Första", number=1, likelihood=1, impact=1)
        plan = ControlPlan.objects.get(pk=cast.plan.pk)
        plan.state, plan.adopted_on, plan.adopted_paragraph = "adopted", date(2025, 1, 15), "§ 7"
        plan.save()
        page = eva.get(plan.get_absolute_url())
        text = page.content.decode()
        assert [risk.title for risk, _found in page.context["rows"]] == ["Första", "Andra"]
        for words in ("§ 7", "Enkät till chefer", "Upphandlaren", "Kommunens riskmatris"):
            assert words in text, words

    def test_a_confidential_risk_is_not_in_the_plan_of_those_without_the_right(self, client: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Hot mot anställd", is_confidential=True, confidentiality_section="OSL 18:8")
        client.force_login(cast.karin)
        assert "Hot mot anställd" not in client.get(cast.plan.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("how_many", [20, 2000])
    def test_the_list_takes_seven_queries_whatever_the_number_of_risks(
        self, client: Client, cast: Cast, how_many: int, django_assert_num_queries: Any
    ) -> None:
        make_many_risks(cast.plan, how_many, performer=cast.karin)
        client.force_login(cast.johan)
        with django_assert_num_queries(7):
            client.get(reverse("plans"))

    @pytest.mark.parametrize("how_many", [20, 2000])
    def test_a_plans_page_takes_as_many_queries_whatever_the_number_of_risks(
        self, client: Client, cast: Cast, how_many: int, django_assert_num_queries: Any
    ) -> None:
        make_many_risks(cast.plan, how_many, closing=cast.interim, performer=cast.karin)
        client.force_login(cast.johan)
        with django_assert_num_queries(12):
            client.get(cast.plan.get_absolute_url())


def test_the_anonymous_are_sent_to_the_sign_in(client: Client, cast: Cast) -> None:
    risk = make_risk(cast.plan, "Löner")
    for address in (risk.get_absolute_url(), cast.plan.get_absolute_url(), reverse("risks"), reverse("plans")):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("login")), address
    assert Risk.objects.count() == 1
