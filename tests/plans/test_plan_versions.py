"""A plan as it was adopted: written once, readable, and what has changed since is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.plan_controls.verbs import change_control
from riskreg.models import PlanVersion, User
from riskreg.models.plan_version import ImmutableRecord
from riskreg.plans import life
from riskreg.plans.content import content_of, differences, sha256_of
from tests.cast import Cast, make_control, make_many_risks, make_risk
from tests.plans.test_planning import DECIDED, adopted

pytestmark = pytest.mark.django_db


def page(client: Client, user: User, version: PlanVersion) -> str:
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    response = client.get(version.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_a_version_keeps_matrix_risks_and_controls_as_they_were(cast: Cast) -> None:
    risk = make_risk(cast.plan, owner=cast.johan)
    make_control(risk, "Stickprov av attest", performer=cast.karin)
    version = adopted(cast).versions.get()
    assert version.content["matrix"]["name"] == cast.matrix.name
    assert [band["name"] for band in version.content["matrix"]["bands"]] == ["Låg", "Bevaka", "Medel", "Hög"]
    row = version.content["risks"][0]
    assert (row["title"], row["risk_score"], row["owner"]) == (risk.title, 6, "Johan Berg")
    assert [(control["description"], control["performer"]) for control in row["controls"]] == [
        ("Stickprov av attest", "Karin Lindqvist")
    ]
    assert sha256_of(version.content) == version.content_sha256
    assert version.history.get().content_sha256 == version.content_sha256


def test_a_version_is_never_changed_and_never_deleted(cast: Cast) -> None:
    make_risk(cast.plan)
    version = adopted(cast).versions.get()
    attempts: list[Any] = [
        version.save,
        version.delete,
        lambda: PlanVersion.objects.update(paragraph="§ 1"),
        PlanVersion.objects.all().delete,
    ]
    for attempt in attempts:
        with pytest.raises(ImmutableRecord):
            attempt()


def test_a_revised_plan_gets_a_second_version_and_the_first_stays(cast: Cast) -> None:
    risk = make_risk(cast.plan)
    first = adopted(cast).versions.get()
    plan = life.revise(cast.plan, by=cast.eva, reason="Ny lag")
    assert plan.is_under_revision
    life.change_risk(risk, by=cast.eva, title="Ny rubrik")
    adopted(cast, plan)
    assert list(cast.plan.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert PlanVersion.objects.get(pk=first.pk).content == first.content
    assert cast.plan.versions.get(number=2).content["risks"][0]["title"] == "Ny rubrik"


def test_what_has_changed_since_is_told_field_by_field(cast: Cast) -> None:
    changed, dropped = make_risk(cast.plan, "Ändras"), make_risk(cast.plan, "Utgår")
    control = make_control(changed, performer=cast.karin)
    version = adopted(cast).versions.get()
    life.revise(cast.plan, by=cast.eva, reason="Ny lag")
    life.change_risk(changed, by=cast.eva, likelihood=4, reason="Fler fel")
    change_control(control, by=cast.eva, method="survey")
    life.drop_risk(dropped, by=cast.eva, reason="Inte aktuell")
    life.add_risk(cast.plan, by=cast.eva, title="Tillkommer")
    found = differences(version.content, content_of(cast.plan))
    assert sorted((one.kind, one.row["title"]) for one in found) == [
        ("changed", "Ändras"),
        ("dropped", "Utgår"),
        ("new", "Tillkommer"),
    ]
    fields = next(one for one in found if one.kind == "changed").fields
    assert ("3", "4") in [(field.old, field.new) for field in fields]
    assert ("6", "8") in [(field.old, field.new) for field in fields]
    assert len(fields) == 3  # likelihood, score, and the control's method in words
    assert "survey" not in fields[-1].new


def test_the_page_says_that_nothing_has_changed_and_later_what_has(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan)
    version = adopted(cast).versions.get()
    assert "Nothing: the plan is as it was adopted." in page(client, cast.ake, version)
    life.change_risk(risk, by=cast.eva, likelihood=4, reason="Fler fel")
    text = page(client, cast.ake, version)
    assert "Changed since" in text
    assert "Nothing: the plan is as it was adopted." not in text


def test_a_confidential_risk_is_counted_but_not_shown(cast: Cast, client: Client) -> None:
    make_risk(cast.plan, "Hemlig sak", is_confidential=True, confidentiality_section="OSL 18:8")
    make_risk(cast.plan, "Öppen sak")
    version = adopted(cast).versions.get()
    for user, sees in [(cast.eva, True), (cast.johan, True), (cast.ake, False), (cast.karin, False)]:
        text = page(client, user, version)
        assert ("Hemlig sak" in text) is sees, user
        assert "Öppen sak" in text


def test_a_risk_made_confidential_afterwards_disappears_from_the_version_too(cast: Cast, client: Client) -> None:
    risk = make_risk(cast.plan, "Blir hemlig")
    version = adopted(cast).versions.get()
    life.change_risk(risk, by=cast.eva, is_confidential=True, confidentiality_section="OSL 18:8")
    assert "Blir hemlig" not in page(client, cast.ake, version)


def test_a_version_of_another_units_plan_is_not_there(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    version = adopted(cast).versions.get()
    client.force_login(cast.ulla)
    assert client.get(version.get_absolute_url()).status_code == 404


def test_the_decisions_document_is_kept_with_its_hash_and_downloaded(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    life.propose(cast.plan, by=cast.eva)
    document = ContentFile(b"%PDF-1.7 protokoll", name="../../protokoll § 145.pdf")
    life.adopt(cast.plan, by=cast.eva, on=DECIDED, paragraph="§ 145", document=document)
    version = cast.plan.versions.get()
    assert version.document_name == "protokoll § 145.pdf"
    assert len(version.document_sha256) == 64
    address = reverse("plan_version_document", args=[cast.plan.pk, 1])
    client.force_login(cast.ake)
    response = client.get(address)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 protokoll"  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith("attachment")
    client.force_login(cast.ulla)
    assert client.get(address).status_code == 404


def test_content_altered_in_the_database_is_told(cast: Cast, client: Client) -> None:
    make_risk(cast.plan)
    version = adopted(cast).versions.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE riskreg_planversion SET content_sha256 = %s WHERE id = %s", ["0" * 64, version.pk])
    assert "no longer matches" in page(client, cast.ake, version)


def test_the_page_costs_the_same_at_20_and_at_200_risks(cast: Cast, client: Client) -> None:
    counted = []
    client.force_login(cast.ake)
    for plan, how_many in ((cast.plan, 20), (cast.school_plan, 200)):
        make_many_risks(plan, how_many)
        version = adopted(cast, plan).versions.get()
        client.get(version.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(version.get_absolute_url())
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert counted[0] <= 16
