"""Plans in the admin, for each role: what is seen, what the buttons do, what a batch answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import FollowUp
from riskreg.models import ControlPlan, User
from riskreg.plans import life
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.plans.test_planning import adopted

pytestmark = pytest.mark.django_db
LIST = reverse("admin:riskreg_controlplan_changelist")


def page(plan: ControlPlan) -> str:
    return reverse("admin:riskreg_controlplan_change", args=[plan.pk])


def verb_page(plan: ControlPlan, verb: str) -> str:
    return reverse("admin:riskreg_controlplan_verb", args=[plan.pk, verb])


def signed_in(client: Client, user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    return client


def buttons(client: Client, plan: ControlPlan) -> set[str]:
    return {button.name for button in client.get(page(plan)).context["verb_buttons"]}


@pytest.mark.parametrize("role", ["control_owner", "manager", "controller", "auditor", "administrator"])
def test_each_role_is_offered_the_verbs_it_may_do(cast: Cast, client: Client, role: str, today: date, settings: Any) -> None:
    make_risk(cast.plan)
    signed_in(client, cast.by_role()[role])
    works = role in {"manager", "controller"}
    assert buttons(client, cast.plan) == ({"propose", "open_follow_ups"} if works else set())
    adopted(cast)
    assert buttons(client, cast.plan) == ({"revise", "close", "carry_over", "open_follow_ups"} if works else set())
    settings.RISKREG_TODAY = date(2025, 10, 1)
    more = {"revise", "close", "carry_over", "open_follow_ups", "run_on"}
    assert buttons(client, cast.plan) == (more if works else set())
    assert client.get(page(cast.school_plan)).status_code == (302 if role in {"control_owner", "manager"} else 200)


@pytest.mark.parametrize("role", ["control_owner", "auditor", "administrator"])
def test_who_may_not_is_refused_also_without_the_button(cast: Cast, client: Client, role: str) -> None:
    make_risk(cast.plan)
    signed_in(client, cast.by_role()[role])
    client.post(verb_page(cast.plan, "propose"))
    client.post(page(cast.plan), {"registry_number": "KS 1", "source": ""})
    cast.plan.refresh_from_db()
    assert (cast.plan.state, cast.plan.registry_number) == ("draft", "")


def test_a_plan_goes_from_proposal_to_adoption_by_its_buttons(cast: Cast, client: Client, today: date) -> None:
    make_risk(cast.plan)
    signed_in(client, cast.eva)
    client.post(verb_page(cast.plan, "propose"))
    cast.plan.refresh_from_db()
    assert cast.plan.state == "proposed"
    refused = client.post(verb_page(cast.plan, "adopt"), {"on": "2025-12-01", "paragraph": "§ 9"})
    assert refused.context["form"].errors["on"]
    assert refused.context["form"]["paragraph"].value() == "§ 9"
    document = SimpleUploadedFile("beslut.pdf", b"%PDF-1.7")
    client.post(verb_page(cast.plan, "adopt"), {"on": "2025-09-01", "paragraph": "§ 9", "document": document})
    cast.plan.refresh_from_db()
    assert (cast.plan.state, cast.plan.adopted_on) == ("adopted", date(2025, 9, 1))
    assert "Version 1" in client.get(page(cast.plan)).content.decode()
    client.post(verb_page(cast.plan, "revise"), {"reason": ""})
    cast.plan.refresh_from_db()
    assert cast.plan.state == "adopted"
    client.post(verb_page(cast.plan, "revise"), {"reason": "Ny lag"})
    cast.plan.refresh_from_db()
    assert cast.plan.is_under_revision


def test_the_next_years_plan_is_opened_and_says_what_is_left_to_go_through(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    adopted(cast)
    signed_in(client, cast.eva)
    response = client.post(verb_page(cast.plan, "carry_over"), {"year": "2026"}, follow=True)
    following = ControlPlan.objects.get(year=2026)
    assert response.request["PATH_INFO"] == page(following)
    assert response.context["undecided"] == 1


def test_follow_ups_are_opened_for_a_closing_from_the_plan(cast: Cast, client: Client) -> None:
    make_control(make_risk(cast.plan), performer=cast.karin)
    signed_in(client, cast.eva)
    client.post(verb_page(cast.plan, "open_follow_ups"), {"closing": cast.interim.pk})
    assert FollowUp.objects.get().closing == cast.interim


def test_a_batch_says_how_many_were_done_and_which_were_refused_and_why(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    signed_in(client, cast.eva)
    chosen = {"action": "do_propose", "_selected_action": [cast.plan.pk, cast.school_plan.pk]}
    said = [str(message) for message in get_messages(client.post(LIST, chosen).wsgi_request)]
    assert len(said) == 2
    assert "1 done" in said[0]
    assert "1 refused" in said[1]
    assert str(cast.school_plan) in said[1]
    assert sorted(ControlPlan.objects.values_list("state", flat=True)) == ["draft", "proposed"]


def test_a_plan_is_made_and_changed_by_its_verbs(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    values: dict[str, Any] = {
        "unit": cast.board.pk,
        "year": 2027,
        "matrix": cast.matrix.pk,
        "registry_number": "KS 2026/9",
        "source": "",
    }
    client.post(reverse("admin:riskreg_controlplan_add"), values)
    plan = ControlPlan.objects.get(year=2027)
    assert (plan.created_by, plan.history.get().history_user_name) == (cast.eva, "Eva Åström")
    version = client.get(page(plan)).context["adminform"].form["version"].value()
    life.change_plan(plan, by=cast.johan, registry_number="KS 2026/10")
    answer = client.post(page(plan), values | {"registry_number": "KS 2026/11", "version": version})
    conflict = answer.context["conflict"]
    assert [(row.opened, row.theirs, row.mine) for row in conflict] == [("KS 2026/9", "KS 2026/10", "KS 2026/11")]
    fresh = answer.context["adminform"].form["version"].value()
    client.post(page(plan), values | {"registry_number": "KS 2026/11", "version": fresh})
    plan.refresh_from_db()
    assert plan.registry_number == "KS 2026/11"


def test_list_and_page_cost_the_same_at_20_and_at_2000_risks(cast: Cast, client: Client) -> None:
    signed_in(client, cast.eva)
    make_many_risks(cast.plan, 20)
    counts = []
    for _round in range(2):
        for address in (LIST, page(cast.plan)):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        if _round == 0:
            make_many_risks(cast.plan, 1980)
    assert counts[:2] == counts[2:]
    assert max(counts) <= 25
