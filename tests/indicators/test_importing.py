"""Values from a file: each row accounted for, faults by row and field with what is allowed, all or nothing written."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from controls.indicators.importing.file import Line, NoHeadings, read_lines
from controls.indicators.importing.rows import check
from controls.models import IndicatorSeries, IndicatorValue
from riskreg import clock
from tests.cast import Cast
from tests.indicators.scene import JANUARY, D, a_series, an_indicator, figures, month, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def series(cast: Cast) -> IndicatorSeries:
    found = a_series(an_indicator(cast.municipality, cast.eva), cast.board, by=cast.eva, responsible=cast.karin)
    recorded(found, [8, 9], by=cast.karin)
    return found


def csv_of(*lines: str, headings: str = "Period;Värde") -> SimpleUploadedFile:
    return SimpleUploadedFile("varden.csv", "\n".join([headings, *lines, ""]).encode(), "text/csv")


def book_of(rows: Sequence[Sequence[Any]]) -> SimpleUploadedFile:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))  # type: ignore[union-attr]
    book.save(out)
    return SimpleUploadedFile("varden.xlsx", out.getvalue())


def words_of(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_each_row_is_new_revises_or_is_the_same(series: IndicatorSeries) -> None:
    lines = read_lines(csv_of("2025-01;8", "februari 2025;7", "2025-03;1 010", ";"), "varden.csv")
    preview = check(lines, [figures(series)], clock.today())
    assert [(one.row, one.kind, str(one.value)) for one in preview.checked] == [
        (2, "same", "8"),
        (3, "revised", "7"),
        (4, "new", "1010"),
    ]
    assert (preview.rows, preview.changes, list(preview.wrongs)) == (3, 2, [])


def test_a_workbook_with_dates_and_a_title_above_its_headings_is_read(series: IndicatorSeries) -> None:
    file = book_of([["Löneskulder 2025", None], ["Månad", "Antal"], [month(3), 12], [month(4), 7]])
    preview = check(read_lines(file, "varden.xlsx"), [figures(series)], clock.today())
    assert [(one.row, one.period, one.value) for one in preview.checked] == [(3, month(3), D(12)), (4, month(4), D(7))]


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        ("2025-13;8", "Period", "Det är ingen period. Skriv till exempel 2025-01 eller Jan 2025."),
        ("2025-12;8", "Period", "december 2025 har inte börjat."),
        ("2025-03;åtta", "Värde", "Det är inget tal. Skriv siffror, till exempel 1 250,5."),
        ("2025-03;", "Värde", "Värdet saknas. Skriv det, eller ta bort raden."),
        ("2025-03;8,5", "Värde", "Skriv högst 0 decimaler."),
        ("2025-04;8", "Period", "Perioden står redan på rad 2. Behåll en av dem."),
    ],
)
def test_a_fault_names_row_field_value_and_what_is_allowed(series: IndicatorSeries, line: str, field: str, words: str) -> None:
    preview = check(read_lines(csv_of("2025-04;8", line), "varden.csv"), [figures(series)], clock.today())
    [wrong] = preview.wrongs
    assert (wrong.row, wrong.field, words_of(wrong.message)) == (3, field, words)
    assert wrong.value in line


def test_several_series_are_told_apart_by_the_unit(cast: Cast, series: IndicatorSeries) -> None:
    other = a_series(series.indicator, cast.school_board, by=cast.eva, responsible=cast.bo)
    both = [figures(series), figures(other)]
    lines = [Line(2, "2025-03", "4", "kommunstyrelsen"), Line(3, "2025-03", "5", cast.school_board.name), Line(4, "2025-03", "5")]
    preview = check(lines, both, clock.today())
    assert [(one.row, one.series.unit) for one in preview.checked] == [(2, cast.board.name), (3, cast.school_board.name)]
    [wrong] = preview.wrongs
    assert wrong.message == "Det finns ingen sådan enhet här. Skriv någon av: Barn- och utbildningsnämnden, Kommunstyrelsen."


def test_without_the_headings_nothing_is_read() -> None:
    with pytest.raises(NoHeadings):
        read_lines(csv_of("2025-01;8", headings="Kolumn;Annan"), "varden.csv")


# The page


def preview_of(client: Client, address: str, file: SimpleUploadedFile) -> Any:
    return client.post(address, {"file": file})


def confirmed(client: Client, address: str, shown: Any, **more: str) -> Any:
    form = shown.context["confirm"]
    return client.post(address, {"lines": form["lines"].value(), "seen": form["seen"].value(), **more})


def test_a_file_is_shown_first_and_recorded_when_it_is_confirmed(client: Client, cast: Cast, series: IndicatorSeries) -> None:
    client.force_login(cast.karin)
    address = reverse("series_import", args=[series.pk])
    shown = preview_of(client, address, csv_of("2025-03;10", "2025-02;7"))
    page = shown.content.decode()
    assert IndicatorValue.objects.count() == 2
    assert "2 rader i filen" in page
    assert "För in 2 värden" in page
    refused = confirmed(client, address, shown)
    assert refused.context["confirm"].errors["reason"]
    assert IndicatorValue.objects.count() == 2
    done = confirmed(client, address, shown, reason="Rättat i lönesystemet")
    assert (done.status_code, done.url) == (302, series.get_absolute_url())
    assert sorted((one.period.month, int(one.value), one.way) for one in IndicatorValue.objects.all()) == [
        (1, 8, "entered"),
        (2, 7, "imported"),
        (3, 10, "imported"),
    ]


def test_a_file_with_one_fault_cannot_be_confirmed(client: Client, cast: Cast, series: IndicatorSeries) -> None:
    client.force_login(cast.karin)
    address = reverse("series_import", args=[series.pk])
    shown = preview_of(client, address, csv_of("2025-03;10", "2025-04;tio"))
    assert "Inget är infört." in shown.content.decode()
    confirmed(client, address, shown)
    assert IndicatorValue.objects.count() == 2


def test_what_changed_after_the_preview_is_shown_again(client: Client, cast: Cast, series: IndicatorSeries) -> None:
    client.force_login(cast.karin)
    address = reverse("series_import", args=[series.pk])
    shown = preview_of(client, address, csv_of("2025-03;10"))
    recorded(series, [3], by=cast.johan, first=month(3))
    again = confirmed(client, address, shown, reason="Rättat")
    assert again.status_code == 409
    assert int(IndicatorValue.objects.get(period=month(3)).value) == 3
    assert confirmed(client, address, again, reason="Rättat").status_code == 302
    assert int(IndicatorValue.objects.get(period=month(3)).value) == 10


def test_rows_that_another_page_signed_or_nobody_did_are_not_taken(client: Client, cast: Cast, series: IndicatorSeries) -> None:
    other = a_series(an_indicator(cast.board, cast.eva, "Annat"), cast.board, by=cast.eva, responsible=cast.karin)
    client.force_login(cast.karin)
    shown = preview_of(client, reverse("series_import", args=[other.pk]), csv_of("2025-03;10"))
    for lines in (shown.context["confirm"]["lines"].value(), "påhittat"):
        answer = client.post(reverse("series_import", args=[series.pk]), {"lines": lines, "seen": ""})
        assert answer.status_code == 302
    assert IndicatorValue.objects.count() == 2


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (csv_of("1;2", headings="A;B"), "Rubrikerna hittades inte."),
        (csv_of(), "Det finns inga rader under rubrikerna."),
        (SimpleUploadedFile("varden.xlsx", b"inte en arbetsbok"), "varden.xlsx"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_beside_its_field(
    client: Client, cast: Cast, series: IndicatorSeries, file: SimpleUploadedFile, words: str
) -> None:
    client.force_login(cast.karin)
    page = preview_of(client, reverse("series_import", args=[series.pk]), file)
    assert words in str(page.context["form"].errors["file"])


def test_a_file_of_several_units_is_recorded_for_all_or_none(client: Client, cast: Cast, series: IndicatorSeries) -> None:
    other = a_series(series.indicator, cast.school_board, by=cast.eva, responsible=cast.bo)
    client.force_login(cast.eva)
    address = reverse("indicator_import", args=[series.indicator_id])
    rows = ("Kommunstyrelsen;2025-03;4", f"{cast.school_board.name};2025-01;5")
    shown = preview_of(client, address, csv_of(*rows, headings="Enhet;Period;Värde"))
    assert confirmed(client, address, shown).status_code == 302
    assert IndicatorValue.objects.filter(series=other).get().period == JANUARY
    assert IndicatorValue.objects.filter(series=series).count() == 3
    IndicatorSeries.objects.filter(pk=other.pk).update(state="closed")
    rows = ("Kommunstyrelsen;2025-04;4", f"{cast.school_board.name};2025-02;5")
    shown = preview_of(client, address, csv_of(*rows, headings="Enhet;Period;Värde"))
    assert [one.field for one in shown.context["wrongs"]] == ["Enhet"]
