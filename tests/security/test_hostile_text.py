"""A text that is markup in every place where a person writes: shown as text, wherever it is shown."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from contextlib import suppress
from itertools import product
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from controls.models import Action, Closing, Control, Evidence, FollowUp, PlanImport
from riskreg.models import (
    ControlPlan,
    ImpactLevel,
    LikelihoodLevel,
    PlanVersion,
    Risk,
    RiskBand,
    RiskCategory,
    RiskMatrix,
    Unit,
    User,
)
from tests.architecture.addresses import actions, addresses
from tests.architecture.scene import Scene
from tests.architecture.walking import same_session, undone

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("people_read_once")]
MARKUP = "\"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}{% csrf_token %}'"
OF_ITS_OWN = re.compile(
    r"""<script(?![^>]*\bsrc=)(?![^>]*type="application/json")[^>]*>|<style|\sstyle=|\son[a-z]+="|javascript:"""
)
"""A script or a style of the page's own, which the policy forbids."""
SIGNS = ("<img src=x", "<script>alert", "49{%")
MADE_BY_THE_PRODUCT = {"state", "path", "email", "password", "sha256", "content_sha256", "document_sha256", "conclusion"}
WRITTEN: tuple[Any, ...] = (
    Unit,
    User,
    RiskMatrix,
    LikelihoodLevel,
    ImpactLevel,
    RiskBand,
    RiskCategory,
    ControlPlan,
    PlanVersion,
    Risk,
    Control,
    FollowUp,
    Action,
    Closing,
    Evidence,
    PlanImport,
)
LISTS = ("risks", "heatmap", "admin:riskreg_risk_changelist", "admin:controls_followup_changelist")


@pytest.fixture
def hostile(scene: Scene) -> Scene:
    """Every free text of the scene is markup, as far as its field holds."""
    category = RiskCategory.objects.get()
    Risk.objects.update(category=category, owner=scene.users["o"])
    for model in WRITTEN:
        _fill(model)
        tracked = getattr(model, "history", None)
        if tracked is not None:
            _fill(tracked.model)
            tracked.model.objects.update(history_change_reason=MARKUP, history_user_name=MARKUP)
    return scene


def _fill(model: type[models.Model]) -> None:
    """Past the models' own checks, as an import or an older version might have left it; unique texts stay told apart."""
    free = [
        field
        for field in model._meta.concrete_fields
        if type(field) in {models.CharField, models.TextField}
        and not field.choices
        and field.name not in MADE_BY_THE_PRODUCT
        and not field.name.startswith("history_")
    ]
    for row, field in product(model._base_manager.all(), free):
        text = f"{row.pk}{MARKUP}"[: field.max_length]
        with suppress(IntegrityError), transaction.atomic():  # a field that must be empty in this state stays so
            models.QuerySet(model).filter(pk=row.pk).update(**{field.name: text})


def shown_by(response: Any) -> str:
    """What could be shown as a page: of a letter that is downloaded its HTML, of a stream nothing."""
    if response.streaming:
        return ""
    if response.headers.get("Content-Type", "").startswith("message/rfc822"):
        letter = email.message_from_bytes(response.content, policy=email.policy.default)
        body = letter.get_body(("html",))
        assert body is not None
        return str(body.get_content())
    return str(response.content.decode(errors="replace"))


def test_no_page_runs_what_somebody_wrote_or_holds_a_script_of_its_own(hostile: Scene) -> None:
    found = []
    for name, make in addresses(hostile, hostile.own).items():
        for letter in "es-":
            with undone(), same_session(hostile.clients[letter]):
                response = hostile.clients[letter].get(make()[0])
                if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
                    continue
                page = response.content.decode()
            signs = [*(sign for sign in SIGNS if sign in page), *OF_ITS_OWN.findall(page)]
            found += [f"{name} to {letter}: {sign}" for sign in signs]
    assert found == []


def test_no_answer_to_a_form_or_an_action_runs_it(hostile: Scene) -> None:
    found = []
    asked = [(name, *make()) for name, make in addresses(hostile, hostile.own).items() if name not in {"logout", "admin:logout"}]
    for name, (address, record) in actions(hostile, hostile.own).items():
        asked.append((name, address, {"action": name.split(":")[1], "_selected_action": record.pk, "reason": MARKUP}))
    for name, address, form in asked:
        letter = "s" if any(part in address for part in ("/user/", "/unit/", "/riskmatrix/")) else "e"
        with undone(), same_session(hostile.clients[letter]):
            response = hostile.clients[letter].post(address, form)
            page = shown_by(response)
            if response.status_code == 302:
                page += hostile.clients[letter].get(response.headers["Location"]).content.decode(errors="replace")
        found += [f"{name}: {sign}" for sign in SIGNS if sign in page]
    assert found == []


def test_what_is_typed_into_a_search_or_filter_is_shown_as_text(hostile: Scene) -> None:
    found = []
    for address in map(reverse, LISTS):
        for parameter in ("q", "year", "plan", "sort", "p"):
            page = hostile.clients["e"].get(address, {parameter: MARKUP}).content.decode()
            found += [f"{address}?{parameter}: {sign}" for sign in SIGNS if sign in page]
    assert found == []


def test_the_drawing_holds_no_script(hostile: Scene) -> None:
    response = hostile.clients["e"].get(addresses(hostile, hostile.own)["heatmap_svg"]()[0])
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(response.content).iter()}
    assert not tags & {"script", "img", "image", "foreignObject", "a", "use"}
    assert "\r" not in response.headers["Content-Disposition"]


def test_the_word_report_holds_it_as_text(hostile: Scene) -> None:
    response = hostile.clients["e"].get(addresses(hostile, hostile.own)["report_file follow_up docx"]()[0])
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as package:
        for part in package.namelist():
            if part.endswith((".xml", ".rels")):
                tree = ElementTree.fromstring(package.read(part))
                assert not [one for one in tree.iter() if one.tag in {"script", "img"}], part
        assert b"49{%" not in package.read("word/document.xml")


@pytest.mark.parametrize("name", ['a"b.txt', "a\r\nSet-Cookie: x=1.txt", "å ä ö.txt", "../../etc/passwd.txt", "a;b=c.txt"])
def test_a_downloads_name_stays_within_its_header(scene: Scene, name: str) -> None:
    evidence: Any = scene.own.evidence
    type(evidence).objects.filter(pk=evidence.pk).update(name=name)
    response = scene.clients["e"].get(reverse("evidence", args=[evidence.pk]))
    said = response.headers["Content-Disposition"]
    assert "\r" not in said
    assert "\n" not in said
    assert "Set-Cookie" not in response.headers
    assert said.startswith("attachment; filename")
