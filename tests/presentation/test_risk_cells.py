"""The cells of a risk are those of the template that wrote them before, whatever the risk holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template

from riskreg.models import Risk
from tests.cast import Cast, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
HOSTILE = "<b>\"'&å</b>"
LABELS = {f"l_{name}": f"{name} {HOSTILE}" for name in ("number", "unit", "category", "score", "owner", "wide", "confidential")}
BY_TEMPLATE = (
    '<td class="nowrap" data-label="{{ l_number }}">{{ risk.reference }}</td>'
    '<th scope="row"><a href="{{ risk.get_absolute_url }}">{{ risk.title }}</a>'
    '{% if risk.is_municipality_wide %} {% tag "ongoing" "◎" l_wide %}{% endif %}'
    '{% if risk.is_confidential %} {% tag "none" "■" l_confidential %}{% endif %}</th>'
    '<td data-label="{{ l_unit }}">{{ risk.unit }}</td>'
    '<td data-label="{{ l_category }}">{% if risk.category_id %}{{ risk.category }}{% endif %}</td>'
    '<td data-label="{{ l_score }}">{% band_tag risk.band risk.risk_score %}'
    '{% if risk.is_placed %} <span class="factors">{{ risk.likelihood }} × {{ risk.impact }}</span>{% endif %}</td>'
    '<td data-label="{{ l_owner }}">{{ risk.owner_name }}</td>'
)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": HOSTILE, "owner_text": HOSTILE, "is_municipality_wide": True},
        {"likelihood": None, "impact": None, "risk_score": None},
        {"likelihood": None, "impact": None, "risk_score": 6, "is_confidential": True, "confidentiality_section": "18:8"},
    ],
)
def test_the_cells_are_those_of_a_template(cast: Cast, fields: dict[str, Any]) -> None:
    risk = Risk.objects.get(pk=make_risk(cast.plan, **{"title": "Risk", **fields}).pk)
    values = Context({"risk": risk, **LABELS})
    assert Template("{% load risk_cells %}{% risk_cells risk %}").render(values) == Template(
        "{% load presentation %}" + BY_TEMPLATE
    ).render(values)
