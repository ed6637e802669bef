"""What a plan still lacks: said on its page, done for many at once on a page of its own, and the plan's next step beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Control
from controls.plan_controls.left_to_do import left_to_do, name_owner, name_performer, what_is_left
from riskreg.models import ControlPlan, Risk, User
from riskreg.verbs.errors import Refused
from tests.cast import Cast, make_control, make_many_risks, make_risk, make_user
from tests.plans.test_planning import adopted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def eva(client: Client, cast: Cast) -> Client:
    client.force_login(cast.eva)
    return client


def page(plan: ControlPlan) -> str:
    return reverse("plan_left_to_do", args=[plan.pk])


def groups(client: Client, plan: ControlPlan, kind: str) -> list[tuple[str, list[str]]]:
    found = client.get(page(plan)).context[f"{kind}_groups"]
    return [(group.stated, [str(row) for row in group.rows]) for group in found]


def naming(kind: str, stated: str, person: User, *rows: Any) -> dict[str, Any]:
    return {"kind": kind, "stated": stated, "person": person.pk, "rows": [row.pk for row in rows]}


def imported(cast: Cast) -> tuple[Risk, list[Control]]:
    """A risk as an import leaves it: nobody is named, some as the source words them."""
    risk = make_risk(cast.plan, owner_text="Ekonomichefen", risk_score=12)
    stated = ("HR-chefen", "", "Controllern", "HR-chefen")
    return risk, [make_control(risk, f"Kontroll {n}", performer_text=words) for n, words in enumerate(stated, start=1)]


def test_the_plan_says_what_it_lacks_and_offers_its_next_step(eva: Client, cast: Cast) -> None:
    imported(cast)
    make_risk(cast.plan, "Utan kontroll", owner=cast.johan)
    text = eva.get(cast.plan.get_absolute_url()).content.decode()
    assert page(cast.plan) in text
    for words in ("4 kontrollmoment utan utförare", "1 risk utan riskägare", "1 risk utan kontrollmoment"):
        assert words in text
    assert reverse("plan_verb", args=[cast.plan.pk, "propose"]) in text
    assert reverse("plan_verb", args=[cast.plan.pk, "adopt"]) not in text


def test_the_rows_stand_together_as_the_source_words_them(eva: Client, cast: Cast) -> None:
    imported(cast)
    assert groups(eva, cast.plan, "performer") == [
        ("Controllern", ["Kontroll 3"]),
        ("HR-chefen", ["Kontroll 1", "Kontroll 4"]),
        ("", ["Kontroll 2"]),
    ]
    assert [stated for stated, _rows in groups(eva, cast.plan, "owner")] == ["Ekonomichefen"]


def test_one_person_is_named_for_many_and_the_history_says_who_named_them(eva: Client, cast: Cast) -> None:
    risk, controls = imported(cast)
    answer = eva.post(page(cast.plan), naming("performer", "HR-chefen", cast.karin, controls[0], controls[3]), follow=True)
    assert "Karin Lindqvist utför 2 kontrollmoment." in answer.content.decode()
    named = Control.objects.filter(performer=cast.karin)
    assert set(named) == {controls[0], controls[3]}
    assert {control.history.first().history_user_name for control in named} == {"Eva Åström"}
    eva.post(page(cast.plan), naming("owner", "Ekonomichefen", cast.johan, risk))
    risk.refresh_from_db()
    assert (risk.owner, risk.owner_text) == (cast.johan, "Ekonomichefen")


def test_a_row_that_is_not_ticked_is_left(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    eva.post(page(cast.plan), naming("performer", "HR-chefen", cast.karin, controls[0]))
    assert groups(eva, cast.plan, "performer")[1] == ("HR-chefen", ["Kontroll 4"])


def test_what_was_chosen_stays_when_something_is_missing(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    sent = naming("performer", "HR-chefen", cast.karin, controls[3]) | {"person": ""}
    answer = eva.post(page(cast.plan), sent)
    group = answer.context["performer_groups"][1]
    assert group.form.errors.keys() == {"person"}
    assert [chosen for _row, _risk, chosen in group.lines] == [False, True]
    assert eva.post(page(cast.plan), sent | {"person": cast.karin.pk, "rows": []}).context["performer_groups"][1].form.errors
    assert not Control.objects.filter(performer__isnull=False).exists()


def test_a_row_of_another_group_or_plan_is_no_choice(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    stranger = make_control(make_risk(cast.school_plan), performer_text="HR-chefen")
    for row in (controls[1], stranger):
        answer = eva.post(page(cast.plan), naming("performer", "HR-chefen", cast.karin, row))
        assert answer.context["performer_groups"][1].form.errors.keys() == {"rows"}
    assert not Control.objects.filter(performer__isnull=False).exists()


def test_who_has_left_is_no_choice(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    User.objects.filter(pk=cast.karin.pk).update(is_active=False)
    answer = eva.post(page(cast.plan), naming("performer", "Controllern", cast.karin, controls[2]))
    assert answer.context["performer_groups"][0].form.errors.keys() == {"person"}


def test_a_group_that_somebody_else_has_done_is_said_and_nothing_is_changed(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    name_performer([controls[0], controls[3]], cast.karin, by=cast.johan)
    answer = eva.post(page(cast.plan), naming("performer", "HR-chefen", cast.johan, controls[0], controls[3]), follow=True)
    assert "inget ändrades" in answer.content.decode()
    assert Control.objects.filter(performer=cast.karin).count() == 2


def test_all_are_named_or_none(cast: Cast) -> None:
    risk, controls = imported(cast)
    Control.objects.filter(pk=controls[2].pk).update(is_dropped=True)
    controls[2].refresh_from_db()
    with pytest.raises(Refused):
        name_performer(controls, cast.karin, by=cast.eva)
    Risk.objects.filter(pk=risk.pk).update(is_dropped=True)
    with pytest.raises(Refused):
        name_owner([risk], cast.johan, by=cast.eva)
    assert not Control.objects.filter(performer__isnull=False).exists()


def test_people_are_named_in_an_adopted_plan_and_not_in_a_closed_one(eva: Client, cast: Cast) -> None:
    _risk, controls = imported(cast)
    plan = adopted(cast)
    eva.post(page(plan), naming("performer", "Controllern", cast.karin, controls[2]))
    assert Control.objects.get(performer=cast.karin) == controls[2]
    eva.post(reverse("plan_verb", args=[plan.pk, "close"]))
    answer = eva.get(page(plan))
    assert answer.context["performer_groups"] == []
    assert "Planen är stängd" in answer.content.decode()
    assert not eva.get(plan.get_absolute_url()).context["left"]


def test_nothing_is_left_when_everything_is_there(eva: Client, cast: Cast) -> None:
    make_control(make_risk(cast.plan, owner=cast.johan), performer=cast.karin)
    assert left_to_do(cast.plan, cast.eva).is_empty
    assert "Inget är kvar att göra här" in eva.get(page(cast.plan)).content.decode()
    assert page(cast.plan) not in eva.get(cast.plan.get_absolute_url()).content.decode()


def test_confidential_risks_are_counted_for_those_alone_who_see_them(cast: Cast) -> None:
    make_control(make_risk(cast.plan, is_confidential=True, confidentiality_section="18 kap. 8 §"))
    assert what_is_left(cast.plan, cast.johan)
    blind = make_user("Berit Holm", cast.board, "controller")
    assert left_to_do(cast.plan, blind).is_empty
    assert what_is_left(cast.plan, blind) == []


def test_risks_not_gone_through_are_counted_for_those_alone_who_see_them(cast: Cast, client: Client) -> None:
    before = ControlPlan.objects.create(unit=cast.board, year=2024, matrix=cast.plan.matrix, created_by=cast.eva)
    carried = make_risk(before, "Hot mot tjänsteperson")
    make_risk(cast.plan, is_confidential=True, confidentiality_section="18 kap. 8 §", carried_from=carried)
    adopt = reverse("plan_verb", args=[cast.plan.pk, "adopt"])
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state="proposed")
    for person, said in ((cast.johan, True), (make_user("Berit Holm", cast.board, "controller"), False)):
        client.force_login(person)
        assert ("1 risk från förra året är inte genomgången" in client.get(adopt).content.decode()) is said


def test_the_plan_is_proposed_and_adopted_on_its_own_page(eva: Client, cast: Cast) -> None:
    imported(cast)
    said = eva.post(reverse("plan_verb", args=[cast.plan.pk, "propose"]), follow=True)
    assert said.request["PATH_INFO"] == cast.plan.get_absolute_url()
    assert "Planen är föreslagen" in said.content.decode()
    adopt = reverse("plan_verb", args=[cast.plan.pk, "adopt"])
    assert "Planen har ännu 4 kontrollmoment utan utförare" in eva.get(adopt).content.decode()
    refused = eva.post(adopt, {"on": "2025-02-30", "paragraph": "§ 9"})
    assert refused.context["form"]["paragraph"].value() == "§ 9"
    eva.post(adopt, {"on": "2025-09-01", "paragraph": "§ 9"})
    cast.plan.refresh_from_db()
    assert cast.plan.state == "adopted"
    following = eva.post(reverse("plan_verb", args=[cast.plan.pk, "carry_over"]), {"year": 2026})
    assert following["Location"] == reverse("plan_review", args=[ControlPlan.objects.get(year=2026).pk])


def test_closing_a_plan_asks_once_more(eva: Client, cast: Cast) -> None:
    make_risk(cast.plan)
    plan = adopted(cast)
    assert "kan inte öppnas igen" in eva.get(reverse("plan_verb", args=[plan.pk, "close"])).content.decode()


def test_the_page_costs_the_same_however_many_rows(eva: Client, cast: Cast) -> None:
    make_many_risks(cast.plan, 3)
    with CaptureQueriesContext(connection) as few:
        eva.get(page(cast.plan))
    make_many_risks(cast.plan, 130)
    with CaptureQueriesContext(connection) as many:
        answer = eva.get(page(cast.plan))
    assert len(many) == len(few)
    assert "De första 100 av 133 visas" in answer.content.decode()
