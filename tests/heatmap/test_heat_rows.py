"""The heatmap's tables are those of the template that wrote them before, whatever the matrix and the risks hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from riskreg.models import RiskBand, RiskMatrix
from riskreg.views import heatmap as heatmap_module
from tests.cast import Cast, make_risk

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.usefixtures("today")]
HOSTILE = "<b>\"'&å</b>"
MATRIX, TABLE = (Path(__file__).with_name(name).read_text("utf-8") for name in ("heat_rows.html", "heat_table_rows.html"))


def plain(html: str) -> str:
    """Return the HTML without the blanks between its elements, which nothing shows."""
    return re.sub(r">\s+<", "><", html).strip()


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("few", [60, 0])
def test_the_tables_are_those_of_a_template(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int, language: str
) -> None:
    monkeypatch.setattr(heatmap_module, "FEW", few)
    RiskMatrix.objects.filter(pk=cast.plan.matrix_id).update(name=HOSTILE)
    RiskBand.objects.filter(matrix=cast.plan.matrix_id, name="Låg").update(name=f"Låg {HOSTILE}")
    for place in ((1, 2), (1, 2), (2, 2), (4, 4)):
        make_risk(cast.plan, f"Risk {HOSTILE}", likelihood=place[0], impact=place[1])
    make_risk(cast.school_plan, f"Oplacerad {HOSTILE}", likelihood=None, impact=None, risk_score=6)
    client.force_login(cast.eva)
    context: Any = client.get(reverse("heatmap")).context
    values = {name: context[name] for name in ("rows", "few", "several_plans")}
    assert values["few"] is (few > 0)
    assert values["several_plans"]
    with override(language):
        for tag, template in (("{% heat_rows rows few several_plans %}", MATRIX), ("{% heat_table_rows rows few %}", TABLE)):
            written = Template("{% load heat_rows %}" + tag).render(Context(values))
            assert plain(written) == plain(Template(template).render(Context(values)))
            assert HOSTILE not in written


def test_the_forms_of_a_place_are_those_of_a_template(client: Client, cast: Cast) -> None:
    for risk in (make_risk(cast.plan, HOSTILE, likelihood=None, impact=None, risk_score=score) for score in (6, 6, 4, 12)):
        assert risk.pk
    client.force_login(cast.eva)
    before = Template(Path(__file__).with_name("placing.html").read_text("utf-8"))
    for query in ("", '?q="><b>&sort=x', "?year=all"):  # the later ones from what was kept
        answer = client.get(reverse("heatmap") + query)
        placings, request = answer.context["placings"], answer.wsgi_request
        assert len(placings) == (0 if "q=" in query else 4)
        token = str(answer.context["csrf_token"])
        for placing in placings:
            written = before.render(Context({"placing": placing, "request": request, "csrf_token": token}))
            assert plain(written) in plain(answer.content.decode())


def test_placing_by_it_works(cast: Cast) -> None:
    risk = make_risk(cast.plan, "Oplacerad", likelihood=None, impact=None, risk_score=6)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.eva)
    for _turn in range(2):
        page = client.get(reverse("heatmap")).content.decode()
    form = re.search(rf'action="({re.escape(reverse("place_risk", args=[risk.pk]))})">.*?</form>', page, re.DOTALL)
    assert form is not None
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    assert client.post(form[1], values).headers["Location"] == reverse("heatmap")
    risk.refresh_from_db()
    assert {risk.likelihood, risk.impact} == {2, 3}
