"""The heatmap's file: well-formed, on its own, and with the page's numbers."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from riskreg.charts.svg import TONES, wrap_label
from riskreg.models import ControlPlan
from tests.cast import Cast, make_many_risks, make_matrix, make_risk

pytestmark = pytest.mark.one_engine

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestFile:
    def drawn(self, client: Client, cast: Cast, **query: str | int) -> ET.Element:
        client.force_login(cast.eva)
        answer = client.get(reverse("heatmap_svg"), query)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("image/svg+xml")
        assert re.search(r'filename="heatmap-[a-z0-9-]+\.svg"', answer.headers["Content-Disposition"])
        return ET.fromstring(answer.content)

    def test_it_shows_the_same_numbers_as_the_page(self, client: Client, cast: Cast) -> None:
        make_many_risks(cast.plan, 90)
        svg = self.drawn(client, cast)
        page = client.get(reverse("heatmap"))
        for _level, cells in page.context["rows"]:
            for linked in cells:
                cell = linked.cell
                group = svg.find(f".//{SVG}g[@id='cell-{cell.cell.likelihood}-{cell.cell.impact}']")
                assert group is not None
                words = [text.text for text in group.iter(f"{SVG}text")]
                assert words == [str(cell.score), *([str(cell.number)] if cell.number else []), cell.band.name]

    def test_it_follows_the_filters_of_the_page(self, client: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Löner")
        make_risk(cast.plan, "Inköp")
        assert "2" in self.numbers(self.drawn(client, cast))
        assert self.numbers(self.drawn(client, cast, q="Löner")) == ["1"]

    def numbers(self, svg: ET.Element) -> list[str]:
        return [text.text or "" for text in svg.iter(f"{SVG}text") if text.get("font-size") == "28"]

    def test_it_has_a_title_a_description_and_nothing_from_outside(self, client: Client, cast: Cast) -> None:
        make_risk(cast.plan, "Löner")
        svg = self.drawn(client, cast)
        assert svg.find(f"{SVG}title") is not None
        description = svg.find(f"{SVG}desc")
        assert description is not None
        assert description.text
        text = ET.tostring(svg, encoding="unicode")
        assert not re.search(r"style=|<(?:\w+:)?style|<(?:\w+:)?script|href=|url\(|@import", text)

    def test_names_with_markup_and_control_characters_do_not_break_it(self, client: Client, cast: Cast) -> None:
        matrix = make_matrix(cast.municipality, name='A & <B> "C" ]]>')
        label = "Mycket < allvarlig & \x0b svårbedömd konsekvensnivå"
        matrix.impact_levels.filter(value=4).update(label=label)
        ControlPlan.objects.filter(pk=cast.plan.pk).update(matrix=matrix)
        make_risk(ControlPlan.objects.get(pk=cast.plan.pk), "Löner")
        svg = self.drawn(client, cast, plan=cast.plan.pk)
        assert any("A & <B>" in (text.text or "") for text in svg.iter(f"{SVG}text"))

    def test_without_a_plan_there_is_no_file_and_the_answer_says_why(self, client: Client, cast: Cast) -> None:
        ControlPlan.objects.all().delete()
        client.force_login(cast.eva)
        answer = client.get(reverse("heatmap_svg"))
        assert (answer.status_code, bool(answer.content)) == (404, True)


def test_the_tones_are_those_of_the_style_sheet() -> None:
    tokens = (Path(settings.BASE_DIR) / "static/riskreg/css/tokens.css").read_text(encoding="utf-8")
    light = tokens[tokens.index(":root") : tokens.index("@media")]
    for tone, (ink, soft) in TONES.items():
        assert f"--{tone}: {ink};" in light
        assert f"--{tone}-soft: {soft};" in light


@given(st.text(max_size=80), st.integers(2, 30))
def test_a_label_broken_into_lines_never_exceeds_its_width(label: str, letters: int) -> None:
    lines = wrap_label(label, letters)
    assert 1 <= len(lines) <= 3
    assert all(len(line) <= letters for line in lines)
