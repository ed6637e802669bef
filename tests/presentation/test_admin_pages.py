"""Pages of the administration look like the product's own: the record's name as heading, no colons, yes and no in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from config.admin_config import yes_or_no
from riskreg.models import RiskCategory, User
from tests.cast import Cast, make_control, make_risk

LABEL = re.compile(r"<(?:label|legend)[^>]*>(.*?)</(?:label|legend)>", re.DOTALL)
ICONS = ("addlink", "changelink", "viewlink", "deletelink", "calendar", "clock", "unknown")
pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def records(cast: Cast) -> list[tuple[str, object, User]]:
    risk = make_risk(cast.plan, "Felaktiga löner", category=RiskCategory.objects.first())
    return [
        ("riskreg_risk", risk, cast.eva),
        ("controls_control", make_control(risk), cast.eva),
        ("riskreg_controlplan", cast.plan, cast.eva),
        ("riskreg_unit", cast.payroll, cast.siv),
        ("riskreg_user", cast.karin, cast.siv),
        ("riskreg_riskmatrix", cast.matrix, cast.siv),
        ("controls_closing", cast.interim, cast.eva),
    ]


def test_a_record_s_name_is_the_heading_and_no_label_ends_with_a_colon(cast: Cast, client: Client) -> None:
    for name, record, user in records(cast):
        client.force_login(user)
        page = client.get(reverse(f"admin:{name}_change", args=[record.pk])).content.decode()  # type: ignore[attr-defined]
        (heading,) = re.findall(r"<h1>(.*?)</h1>", page)
        assert heading == str(record), name
        labels = [re.sub(r"<[^>]+>", "", label).strip() for label in LABEL.findall(page)]
        assert labels, name
        assert [label for label in labels if label.endswith(":")] == [], name


def test_a_form_for_a_new_record_has_its_title_for_a_heading(cast: Cast, client: Client) -> None:
    client.force_login(cast.siv)
    page = client.get(reverse("admin:riskreg_unit_add")).content.decode()
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Lägg till enhet"]


@pytest.mark.parametrize(("value", "said"), [(True, "✓ Ja"), (False, "Nej"), (None, "–")])
def test_yes_and_no_are_words(value: bool | None, said: str) -> None:
    from django.contrib.admin.utils import display_for_value

    assert re.sub(r"<[^>]+>", "", str(display_for_value(value, "–", boolean=True))) == said
    assert re.sub(r"<[^>]+>", "", str(yes_or_no(value))) == said


def test_the_icons_of_the_administration_are_the_product_s_own() -> None:
    of_django = Path(admin.__file__).parent / "static" / "admin" / "img"
    for name in (*(f"icon-{icon}" for icon in ICONS), "inline-delete"):
        assert (of_django / f"{name}.svg").exists(), name
        assert Path(str(finders.find(f"admin/img/{name}.svg"))).is_relative_to(settings.BASE_DIR / "static"), name
