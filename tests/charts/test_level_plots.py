"""Plots of values against levels: the axis, the gaps, the ground of the target, and the same drawing small."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreg.charts import Band, Chart, Mark, Steps, level_plot
from riskreg.charts.levels import axis

SVG = "{http://www.w3.org/2000/svg}"
VALUES = (8.0, None, 12.0, 9.0)


def plot(values: tuple[float | None, ...] = VALUES, *, is_small: bool = False) -> Chart:
    marks = [
        Mark(
            f"M{at}",
            one,
            "low" if one is not None else "ongoing",
            "✓" if one is not None else "□",
            "A" if at == 2 else "",
            at == 3,
        )
        for at, one in enumerate(values)
    ]
    return level_plot(
        marks,
        [Steps("Mål", [10.0, 10.0, 11.0, 11.0], "low", "")],
        title="Löneskulder",
        words=["Fyra månader."],
        head=["Period", "st"],
        rows=[[one.label, str(one.value)] for one in marks],
        number=lambda value: f"{value:g}",
        band=Band([10.0, 10.0, 11.0, 11.0], [None] * 4, "low", [True] * 4),
        is_small=is_small,
    )


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.file.split("?>", 1)[1])


def test_a_missing_value_is_a_gap_in_the_line_and_a_mark_at_its_place() -> None:
    svg = drawn(plot())
    ink = [one for one in svg.iter(f"{SVG}line") if one.get("stroke-width") == "2"]
    assert len(ink) == 1
    assert len(list(svg.iter(f"{SVG}circle"))) == 1


def test_levels_are_steps_with_their_name_and_the_ground_follows_them() -> None:
    svg = drawn(plot())
    assert len([one for one in svg.iter(f"{SVG}line") if one.get("stroke-width") == "1.6"]) == 2
    ground = [one for one in svg.iter(f"{SVG}rect") if one.get("fill") == "#dcefe2"]
    assert len(ground) == 2
    assert [one.text for one in svg.iter(f"{SVG}text")].count("Mål") == 1


def test_small_it_has_no_words_but_its_text_alternative() -> None:
    svg = drawn(plot(is_small=True))
    assert list(svg.iter(f"{SVG}text")) == []
    assert svg.findtext(f"{SVG}desc") == "Fyra månader."


@pytest.mark.parametrize("values", [(), (None, None), (0.0,), (-3.0, -7.5), (1e9, 2e9), (0.001, 0.002)])
def test_whatever_the_values_are_it_is_drawn(values: tuple[float | None, ...]) -> None:
    marks = [Mark(str(at), one, "low", "✓") for at, one in enumerate(values)]
    chart = level_plot(marks, [], title="T", words=[], head=[], rows=[], number=lambda value: f"{value:g}")
    assert drawn(chart).tag == f"{SVG}svg"


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_the_axis_holds_both_ends_in_few_even_steps(one: float, other: float) -> None:
    lowest, highest = sorted((one, other))
    low, high, step = axis(lowest, highest, lines=5)
    assert low <= lowest + step * 1e-6
    assert high >= highest - step * 1e-6
    assert 1 <= round((high - low) / step) <= 12
    assert f"{step:e}"[0] in "125" or f"{step:e}".startswith("9.99")


@pytest.mark.parametrize(("lowest", "highest", "starts"), [(21, 41, 0), (90.8, 97.6, 90), (-5, 3, -6), (0, 0, 0)])
def test_it_begins_at_nought_where_that_is_near(lowest: float, highest: float, starts: float) -> None:
    assert axis(lowest, highest, lines=5)[0] == pytest.approx(starts)
