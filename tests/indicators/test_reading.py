"""The plain reading of a series: in figures, and in words in both languages; and that it is stored and read back the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from controls.indicators.figures.control_chart import control_chart
from controls.indicators.figures.periods import period_after
from controls.indicators.figures.reading import read
from controls.indicators.figures.series import SeriesFigures, next_due
from controls.indicators.figures.status import Level, Status
from controls.indicators.plot import notes_shown, plot_of
from controls.indicators.words import control_chart_words, missing_words, reading_words

D = Decimal
TODAY = date(2025, 9, 8)


def made(values: str, *, first: date = date(2024, 8, 1), rhythm: str = "month", **given: Any) -> SeriesFigures:
    read_values = {period_after(first, rhythm, at): D(one) for at, one in enumerate(values.split()) if one != "-"}
    usual: dict[str, Any] = {
        "key": 7, "name": "Löneskulder", "unit": "HR", "measure": "st", "decimals": 0, "direction": "lower", "rhythm": rhythm,
        "begins_on": first, "days_after": 20, "levels": (Level(first, D(5), D(10), D(20)),),
    }  # fmt: skip
    return SeriesFigures(**{**usual, "values": read_values, **given})


def in_words(figures: SeriesFigures, language: str = "sv", until: date = TODAY) -> list[str]:
    with override(language):
        return [one.replace("\N{NO-BREAK SPACE}", " ") for one in reading_words(read(figures.points(until)), figures)]


def test_the_reading_says_where_it_stands_since_when_and_what_changed() -> None:
    figures = made("12 11 9 12 12 8 8 9 7 8 9 8 10")
    assert in_words(figures) == [
        "Augusti 2025: 10 st, godtagbart.",
        "Åttonde månaden i rad inom godtagbar nivå.",
        "2 st (17 %) mindre än året före (12 st).",
    ]
    assert in_words(figures, "en") == [
        "August 2025: 10 st, acceptable.",
        "Eighth month in a row within the acceptable level.",
        "2 st (17 %) less than the year before (12 st).",
    ]


@pytest.mark.parametrize("measure", ["%", "Procent"])
def test_a_share_changes_by_percentage_points(measure: str) -> None:
    figures = made("95 9 9 9 9 9 9 9 9 9 9 9 97", measure=measure)
    assert in_words(figures)[-1] == f"2 procentenheter mer än året före (95 {measure})."
    assert in_words(figures, "en")[-1] == f"2 percentage points more than the year before (95 {measure})."


def test_outside_the_level_it_counts_there_and_more_than_twelve_as_a_number() -> None:
    figures = made("12 " * 13)
    assert in_words(figures) == [
        "Augusti 2025: 12 st, ej godtagbart.",
        "Utanför godtagbar nivå 13 gånger i rad.",
        "Samma som året före.",
    ]


def test_a_missing_value_ends_a_run_and_the_latest_that_is_there_is_read() -> None:
    figures = made("8 8 8 - 8 8 -", first=date(2025, 2, 1))
    reading = read(figures.points(TODAY))
    assert reading is not None
    assert (reading.latest.period, reading.run, reading.is_within) == (date(2025, 7, 1), 2, True)
    assert in_words(figures)[1] == "Andra månaden i rad inom godtagbar nivå."


def test_a_percentage_of_nought_is_not_computed_and_without_a_value_nothing_is_read() -> None:
    assert in_words(made("0 1 1 1 1 1 1 1 1 1 1 1 3"))[2] == "3 st mer än året före (0 st)."
    assert in_words(made("")) == ["Det finns inget värde ännu."]


@pytest.mark.parametrize(
    ("rhythm", "first", "words"),
    [
        ("quarter", date(2024, 10, 1), "Tredje kvartalet i rad inom godtagbar nivå."),
        ("half_year", date(2024, 1, 1), "Tredje halvåret i rad inom godtagbar nivå."),
        ("year", date(2022, 1, 1), "Tredje året i rad inom godtagbar nivå."),
    ],
)
def test_each_rhythm_has_its_word(rhythm: str, first: date, words: str) -> None:
    assert in_words(made("8 8 8", first=first, rhythm=rhythm))[1] == words


def test_levels_hold_from_their_period_until_the_next() -> None:
    figures = made("8 8 8", first=date(2025, 1, 1), levels=(
        Level(date(2025, 1, 1), None, D(5), None), Level(date(2025, 3, 1), None, D(10), None),
    ))  # fmt: skip
    assert [one.status for one in figures.points(date(2025, 3, 31))] == ["not_acceptable", "not_acceptable", "acceptable"]
    assert made("8", levels=()).points(TODAY)[0].status == Status.UNJUDGED


def test_a_value_is_missing_when_its_day_is_past_and_not_before() -> None:
    figures = made("8 - 8", first=date(2025, 5, 1))
    assert figures.missing(date(2025, 7, 20)) == []
    assert figures.missing(date(2025, 7, 21)) == [date(2025, 6, 1)]
    assert figures.missing(date(2025, 9, 21)) == [date(2025, 6, 1), date(2025, 8, 1)]
    assert [one.period.month for one in figures.points_shown(date(2025, 9, 8))] == [5, 6, 7]
    assert [one.period.month for one in figures.points(date(2025, 9, 8))] == [5, 6, 7, 8]
    with override("sv"):
        assert missing_words(figures.missing(date(2025, 9, 21)), "month") == "2 värden saknas: juni 2025, augusti 2025."


def test_the_day_of_the_next_value_follows_from_the_values() -> None:
    assert next_due(date(2025, 1, 1), "month", 20, []) == date(2025, 2, 20)
    assert next_due(date(2025, 1, 1), "month", 20, [date(2025, 1, 1), date(2025, 3, 1)]) == date(2025, 3, 20)
    assert next_due(date(2025, 1, 1), "year", 0, [date(2025, 1, 1)]) == date(2026, 12, 31)


def test_a_follow_up_awaits_the_periods_of_its_year_or_the_last_before_the_cut_off() -> None:
    monthly, yearly = made("8 8"), made("8 8", first=date(2023, 1, 1), rhythm="year")
    assert [one.month for one in monthly.awaited(date(2025, 3, 31), date(2024, 12, 31))] == [1, 2, 3]
    assert yearly.awaited(date(2025, 8, 31), date(2024, 12, 31)) == [date(2024, 1, 1)]
    assert made("", first=date(2026, 1, 1)).awaited(date(2025, 8, 31), date(2024, 12, 31)) == []


def test_what_is_stored_is_read_back_the_same() -> None:
    figures = made("12 8 - 9", notes=((date(2024, 9, 1), "Nytt system"),))
    assert SeriesFigures.of_json(figures.as_json()) == figures


def test_the_plot_tells_everything_in_its_table_and_words_and_marks_notes_and_signals() -> None:
    figures = made("8 9 8 9 8 9 8 9 - 30", notes=((date(2024, 9, 1), "Nytt system"), (date(2020, 1, 1), "Förr")))
    points = figures.points(date(2025, 5, 31))
    with override("sv"):
        chart, limits = plot_of(figures, points), plot_of(figures, points, with_limits=True)
        assert chart.rows[-2:] == [["april 2025", "–", "Saknas"], ["maj 2025", "30", "Kritiskt"]]
        assert [(one.letter, one.text) for one in notes_shown(figures, points)] == [("A", "Nytt system"), ("", "Förr")]
        words = control_chart_words(control_chart([one.value for one in points]), points, figures)
        assert control_chart_words(None, points, figures) == ["Ett styrdiagram kräver minst 8 värden."]
    assert words[-1] == "Maj 2025 ligger utanför gränserna: mer än den vanliga variationen."
    for drawn, label in ((chart, "Kritisk nivå"), (limits, "Övre gräns")):
        assert f">{label}</text>" in drawn.file
        assert ">A</text>" in drawn.file
    assert (chart.file.count('r="12"'), limits.file.count('r="12"')) == (0, 6)
