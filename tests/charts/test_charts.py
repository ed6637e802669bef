"""Charts: what is drawn, said and tabled are the same numbers; nothing that a strict policy or Word refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreg.charts import Bar, Chart, Line, Series, lines, stacked_bars, stacked_columns
from riskreg.charts.png import as_png
from riskreg.charts.svg import PAPER, SCREEN, TONES, weave
from tests.examples import some

SVG = "{http://www.w3.org/2000/svg}"
BANDS = [Series("Låg", "low", "▽"), Series("Medel", "high", "◆"), Series("Hög", "critical", "■")]
BARS = [Bar("Kommunstyrelsen", [1, 12, 30]), Bar("Nämnd <&> \x0b'\"", [0, 0, 0]), Bar("Barn- och utbildningsnämnden", [7, 0, 9])]
SCORES = [Line("Energibrist", [None, 12, 8]), Line("Löner", [6, None, 8])]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def charts() -> dict[str, Chart]:
    return {
        "bars": stacked_bars(BARS, BANDS, title="Risker <per> nämnd", what="Nämnd"),
        "columns": stacked_columns(BARS, BANDS, title="Risker <per> nämnd", what="Nämnd"),
        "lines": lines(["2023", "2024", "2025"], SCORES, title="Riskvärde", what="Risk"),
    }


def words_of(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg.encode()).iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", ["bars", "columns", "lines"])
def test_a_chart_names_itself_and_asks_for_nothing_from_outside(kind: str) -> None:
    chart = charts()[kind]
    for text in (chart.file, chart.inline):
        root = ET.fromstring(text.encode())
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert desc is not None
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
        assert title.text == chart.title
        assert desc.text
        assert all(words.replace("\x0b", "") in desc.text for words in chart.words)
        assert not re.search(r"style=|<style|<script|href=|url\(|@import|class=|<pattern", text)


@pytest.mark.parametrize("kind", ["bars", "columns", "lines"])
def test_a_file_has_literal_colours_and_a_page_the_tokens(kind: str) -> None:
    chart = charts()[kind]
    assert chart.file.startswith("<?xml")
    assert "var(--" not in chart.file
    assert not chart.inline.startswith("<?xml")
    assert not re.search(r'(fill|stroke)="#', chart.inline)


def test_the_drawing_the_sentences_and_the_table_hold_the_same_numbers() -> None:
    chart = charts()["bars"]
    assert chart.rows[0] == ["Kommunstyrelsen", "1", "12", "30", "43"]
    assert chart.head == ["Nämnd", "Låg", "Medel", "Hög", "Total"]
    drawn = words_of(chart.file)
    assert {"12", "30", "43", "7", "9", "16", "0"} <= set(drawn)
    assert "Hög: 39" in drawn
    assert "Medel 12, Hög 30. Total: 43." in chart.alternative


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    chart = charts()["lines"]
    assert chart.rows == [["Energibrist", "–", "12", "8"], ["Löner", "6", "–", "8"]]
    strokes = [one for one in ET.fromstring(chart.file.encode()).iter(f"{SVG}line") if one.get("stroke-width") == "2"]
    assert len(strokes) == 1


def test_marks_at_one_place_lie_beside_each_other() -> None:
    drawn = lines(["2025"], [Line("A", [6]), Line("B", [6])], title="T").file
    marks = ET.fromstring(drawn.encode())
    diamond = next(one for one in marks.iter(f"{SVG}polygon"))
    circle = next(one for one in marks.iter(f"{SVG}circle"))
    assert abs(float((diamond.get("points") or "").split(",")[0]) - float(circle.get("cx") or 0)) >= 14


def test_an_empty_chart_is_drawn_and_says_so() -> None:
    for chart in (stacked_bars([], BANDS, title="T"), stacked_columns([], BANDS, title="T"), lines([], [], title="T")):
        assert ET.fromstring(chart.file.encode()).tag == f"{SVG}svg"
        assert chart.rows == []


def test_two_charts_on_a_page_share_no_id() -> None:
    one, other = charts()["bars"], charts()["columns"]
    ids = [set(re.findall(r'id="([^"]+)"', chart.inline)) for chart in (one, other)]
    assert ids[0].isdisjoint(ids[1])


def test_the_weaves_of_the_tones_differ() -> None:
    drawn = {}
    for tone in ("low", "guard", "high", "critical", "ongoing"):
        parent = ET.Element("g")
        weave(parent, tone, 0, 0, 60, 40, ink="#000000")
        drawn[tone] = ET.tostring(parent)
    assert len(set(drawn.values())) == len(drawn)


def test_paper_and_screen_know_the_same_tones() -> None:
    assert set(PAPER.tones) == set(SCREEN.tones) == set(TONES)


@given(st.lists(st.tuples(st.text(max_size=60), st.lists(st.integers(0, 10**6), min_size=3, max_size=3)), max_size=12))
@settings(max_examples=some(60), deadline=None)
def test_any_label_and_number_gives_well_formed_drawings_inside_their_sheet(given_bars: list[tuple[str, list[int]]]) -> None:
    bars = [Bar(label, numbers) for label, numbers in given_bars]
    with translation.override("sv"):
        for chart in (stacked_bars(bars, BANDS, title="T"), stacked_columns(bars, BANDS, title="T")):
            root = ET.fromstring(chart.file.encode())
            width, height = float(root.attrib["width"]), float(root.attrib["height"])
            for box in root.iter(f"{SVG}rect"):
                x, y, w, h = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
                assert x >= -0.5
                assert y >= -0.5
                assert x + w <= width + 0.5
                assert y + h <= height + 0.5


def test_a_bitmap_is_made_of_the_same_drawing() -> None:
    chart = charts()["bars"]
    made = as_png(chart.file)
    assert made.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(made[16:20], "big")
    assert width == round(760 * 144 / 72)
