"""The row of a risk is that of the template that wrote them before, whatever the risk holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from django.utils.translation import override

from riskreg.models import Risk
from tests.cast import Cast, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
HOSTILE = "<b>\"'&å</b>"
BY_TEMPLATE = (
    '{% translate "No." as l_number %}{% translate "Unit" as l_unit %}{% translate "Category" as l_category %}'
    '{% translate "Risk score" as l_score %}{% translate "Risk owner" as l_owner %}'
    '{% translate "Municipality-wide" as l_wide %}{% translate "Confidential" as l_confidential %}<tr>'
    '<td class="nowrap" data-label="{{ l_number }}">{{ risk.reference }}</td>'
    '<th scope="row"><a href="{{ risk.get_absolute_url }}">{{ risk.title }}</a>'
    '{% if risk.is_municipality_wide %} {% tag "ongoing" "◎" l_wide %}{% endif %}'
    '{% if risk.is_confidential %} {% tag "none" "■" l_confidential %}{% endif %}</th>'
    '<td data-label="{{ l_unit }}">{{ risk.unit }}</td>'
    '<td data-label="{{ l_category }}">{% if risk.category_id %}{{ risk.category }}{% endif %}</td>'
    '<td data-label="{{ l_score }}">{% band_tag risk.band risk.risk_score %}'
    '{% if risk.is_placed %} <span class="factors">{{ risk.likelihood }} × {{ risk.impact }}</span>{% endif %}</td>'
    '<td data-label="{{ l_owner }}">{{ risk.owner_name }}</td>{{ more }}</tr>'
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
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_rows_are_those_of_a_template(cast: Cast, fields: dict[str, Any], language: str) -> None:
    risk = Risk.objects.get(pk=make_risk(cast.plan, **{"title": "Risk", **fields}).pk)
    values = Context({"risk": risk, "risks": [risk], "more": mark_safe("<td>mer</td>"), "all_more": ["<td>mer</td>"]})
    with override(language):
        assert Template("{% load risk_cells %}{% risk_rows risks all_more %}").render(values) == Template(
            "{% load i18n presentation %}" + BY_TEMPLATE
        ).render(values)
