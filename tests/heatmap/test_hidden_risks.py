"""Confidential risks that somebody does not see are counted for them, and nothing else is told: not by a search either."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from riskreg.models import Membership, Risk, RiskCategory, Role, User
from tests.cast import Cast, make_control, make_risk, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PAGES = ["heatmap", "risks", "heatmap_history", "trend"]
SVG = "{http://www.w3.org/2000/svg}"
SECRET = {"is_confidential": True, "confidentiality_section": "OSL 18:8"}


@pytest.fixture
def secrets(cast: Cast) -> Cast:
    make_risk(cast.plan, "Felaktiga löneutbetalningar")
    make_risk(cast.plan, "Hot mot anställd", **SECRET)
    make_risk(cast.plan, "Läckta lösenord", likelihood=4, impact=4, **SECRET)
    make_risk(cast.school_plan, "Hot i skolan", **SECRET)
    return cast


def said(client: Client, user: User, address: str) -> int:
    """How many the page says are not shown."""
    client.force_login(user)
    page = client.get(address).content.decode()
    found = re.search(r"(\d+) sekretessbelagda? risk(?:er)? visas inte", page)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("name", PAGES)
def test_they_are_counted_for_who_does_not_see_them(name: str, client: Client, secrets: Cast) -> None:
    assert said(client, secrets.karin, reverse(name)) == 2
    assert said(client, secrets.ake, reverse(name)) == 3
    assert said(client, secrets.johan, reverse(name)) == 0
    assert said(client, secrets.eva, reverse(name)) == 0
    assert said(client, secrets.bo, reverse(name)) == 1


@pytest.mark.parametrize("name", ["heatmap_svg", "heatmap_history_svg"])
def test_a_drawing_that_leaves_the_page_says_it_too(name: str, client: Client, secrets: Cast) -> None:
    assert said(client, secrets.karin, reverse(name)) == 2
    assert said(client, secrets.ake, reverse(name)) == 3
    assert said(client, secrets.eva, reverse(name)) == 0
    assert said(client, secrets.bo, reverse(name)) == 1
    drawing = ET.fromstring(client.get(reverse(name)).content)
    line = "1 sekretessbelagd risk visas inte."
    assert [text.text for text in drawing.iter(f"{SVG}text")].count(line) == 1
    assert line in (drawing.findtext(f"{SVG}desc") or "")


@pytest.mark.parametrize("name", PAGES)
def test_units_plans_and_years_narrow_the_count_and_nothing_else_does(name: str, client: Client, secrets: Cast) -> None:
    def of(query: str) -> int:
        return said(client, secrets.ake, f"{reverse(name)}?{query}")

    assert of(f"unit={secrets.school_board.pk}") == 1
    assert of(f"plan={secrets.plan.pk}") == 2
    assert of("q=Hot") == of("q=finns-inte") == of("score=16") == of("placed=placed") == of("likelihood=4") == 3
    RiskCategory.objects.create(name="Ekonomi")
    assert of(f"category={RiskCategory.objects.get().pk}") == of("wide=yes") == 3


def test_they_are_counted_on_the_plans_page(client: Client, secrets: Cast) -> None:
    assert said(client, secrets.karin, secrets.plan.get_absolute_url()) == 2
    assert said(client, secrets.johan, secrets.plan.get_absolute_url()) == 0


def test_those_one_owns_or_is_named_for_are_shown_and_not_counted(client: Client, secrets: Cast) -> None:
    owned, named = Risk.objects.filter(plan=secrets.plan, is_confidential=True)
    Risk.objects.filter(pk=owned.pk).update(owner=secrets.karin)
    assert said(client, secrets.karin, reverse("risks")) == 1
    make_control(named, performer=secrets.karin)
    assert said(client, secrets.karin, reverse("risks")) == 0


def test_a_page_with_nothing_else_still_counts_them(client: Client, cast: Cast) -> None:
    make_risk(cast.plan, "Hot mot anställd", **SECRET)
    assert [said(client, cast.karin, reverse(name)) for name in PAGES] == [1, 1, 1, 1]


class TestMunicipalityWide:
    """OSL 8:2: secrecy holds between a municipality's committees too."""

    def wide(self, cast: Cast) -> Risk:
        return make_risk(cast.school_plan, "Hemlig väg in", is_municipality_wide=True, **SECRET)

    def sees(self, user: User, risk: Risk) -> bool:
        return Risk.objects.visible_to(user).filter(pk=risk.pk).exists()

    def test_the_right_at_one_committee_opens_no_other_committees_risk(self, cast: Cast, client: Client) -> None:
        risk = self.wide(cast)
        assert not self.sees(cast.johan, risk)  # has the right, at the board
        client.force_login(cast.johan)
        assert client.get(risk.get_absolute_url()).status_code == 404
        assert said(client, cast.johan, reverse("risks")) == 1

    def test_the_right_at_the_unit_that_owns_it_or_above_does(self, cast: Cast) -> None:
        risk = self.wide(cast)
        assert self.sees(cast.eva, risk)  # at the municipality
        assert not self.sees(cast.ulla, risk)
        assert self.sees(make_user("Maja Lund", cast.school_board, Role.MANAGER, sees_confidential=True), risk)

    def test_the_right_below_the_unit_that_owns_it_does_not(self, cast: Cast) -> None:
        risk = self.wide(cast)
        assert not self.sees(make_user("Maja Lund", cast.school_office, Role.MANAGER, sees_confidential=True), risk)

    def test_owners_and_those_named_see_it_from_another_committee(self, cast: Cast) -> None:
        risk = self.wide(cast)
        make_control(risk, performer=cast.karin)
        assert self.sees(cast.karin, risk)
        Risk.objects.filter(pk=risk.pk).update(owner=cast.johan)
        assert self.sees(User.objects.get(pk=cast.johan.pk), risk)

    def test_a_second_role_without_the_right_hides_no_more_than_before(self, cast: Cast) -> None:
        risk = self.wide(cast)
        Membership.objects.create(user=cast.johan, unit=cast.school_board, role=Role.MANAGER)
        assert not self.sees(User.objects.get(pk=cast.johan.pk), risk)

    def test_one_that_is_not_confidential_is_everybodys(self, cast: Cast) -> None:
        risk = make_risk(cast.school_plan, "Gemensam", is_municipality_wide=True)
        assert self.sees(cast.johan, risk)
        assert self.sees(cast.karin, risk)
