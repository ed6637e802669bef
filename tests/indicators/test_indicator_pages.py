"""The pages of indicators: small multiples and their filters, a series, entering values, defining; queries at two sizes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controls.indicators import definitions, series
from controls.indicators.values import revise_value
from controls.models import Indicator, IndicatorLevel, IndicatorNote, IndicatorSeries, IndicatorValue
from riskreg.verbs.concurrency import version_of
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state
from tests.indicators.scene import D, a_series, an_indicator, followed_up, levels_set, month, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def indicator(cast: Cast) -> Indicator:
    return an_indicator(cast.municipality, cast.eva)


@pytest.fixture
def debts(cast: Cast, indicator: Indicator) -> IndicatorSeries:
    found = a_series(indicator, cast.board, by=cast.eva, responsible=cast.karin)
    levels_set(found, by=cast.eva)
    recorded(found, [8, 9, 12, 21, 9, 8, 8], by=cast.karin)
    return IndicatorSeries.objects.get(pk=found.pk)


def text_of(client: Client, address: str) -> str:
    answer: Any = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def named(client: Client, query: str = "") -> list[str]:
    page = client.get(reverse("indicators") + query)
    return [str(card.series) for card in page.context["cards"]]


# Small multiples


def test_the_list_shows_value_status_and_line_of_what_the_user_sees(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    a_series(debts.indicator, cast.school_board, by=cast.eva, responsible=cast.bo)
    client.force_login(cast.karin)
    page = text_of(client, reverse("indicators"))
    assert '<span class="value">8 st</span>' in page
    assert "<span>Godtagbart</span>" in page
    assert f'aria-labelledby="small-{debts.pk}-title small-{debts.pk}-desc"' in page
    assert named(client) == ["Löneskulder, Kommunstyrelsen"]
    client.force_login(cast.eva)
    assert len(named(client)) == 2


@pytest.mark.parametrize(
    ("query", "units"),
    [
        ("?status=acceptable", ["Kommunstyrelsen"]),
        ("?status=critical", ["Löneenheten"]),
        ("?status=missing", ["Barn- och utbildningsnämnden"]),
        ("?status=target", []),
        ("?mine=1", []),
        ("?q=skuld&status=", ["Kommunstyrelsen", "Löneenheten", "Barn- och utbildningsnämnden"]),
        ("?q=annat", []),
        ("?status=nonsense", []),
    ],
)
def test_it_is_narrowed_by_name_status_and_whose(
    client: Client, cast: Cast, debts: IndicatorSeries, query: str, units: list[str]
) -> None:
    grave = a_series(debts.indicator, cast.payroll, by=cast.eva, responsible=cast.karin)
    levels_set(grave, by=cast.eva)
    recorded(grave, [30] * 7, by=cast.karin)
    a_series(debts.indicator, cast.school_board, by=cast.eva, responsible=cast.bo)
    client.force_login(cast.eva)
    assert set(named(client, query)) == {f"Löneskulder, {unit}" for unit in units}


def test_it_is_narrowed_by_unit_and_mine_are_those_one_answers_for(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    a_series(debts.indicator, cast.payroll, by=cast.eva, responsible=cast.johan)
    client.force_login(cast.karin)
    assert named(client, f"?unit={cast.payroll.pk}") == ["Löneskulder, Löneenheten"]
    assert named(client, "?mine=1") == ["Löneskulder, Kommunstyrelsen"]


def test_without_series_it_says_what_to_do(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    assert "Definiera ett nyckeltal" in text_of(client, reverse("indicators"))
    client.force_login(cast.siv)
    assert "En controller eller chef börjar dem." in text_of(client, reverse("indicators"))


@pytest.mark.parametrize("more", [1, 12])
def test_the_list_asks_as_often_however_many_series_there_are(
    client: Client, cast: Cast, debts: IndicatorSeries, more: int, django_assert_max_num_queries: Any
) -> None:
    for at in range(more):
        one = a_series(an_indicator(cast.board, cast.eva, f"Nyckeltal {at}"), cast.board, by=cast.eva, responsible=cast.karin)
        levels_set(one, by=cast.eva)
        recorded(one, [8] * 7, by=cast.karin)
    client.force_login(cast.eva)
    with django_assert_max_num_queries(14):
        assert client.get(reverse("indicators")).status_code == 200
    with django_assert_max_num_queries(14):
        assert client.get(reverse("indicators") + "?status=acceptable").status_code == 200


# A series


def test_a_series_shows_its_reading_levels_notes_and_what_was_revised(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    series.note(debts, by=cast.karin, period=month(4), text="Nytt lönesystem")
    value = IndicatorValue.objects.get(period=month(4))
    revise_value(value, by=cast.johan, new=D(15), reason="Dubbla skulder")
    followed_up(in_state(cast, "in_progress", title="Fel lön"), debts, by=cast.eva)
    client.force_login(cast.karin)
    page = text_of(client, debts.get_absolute_url())
    for words in (
        "Juli 2025: 8 st, godtagbart.",
        "Tredje månaden i rad inom godtagbar nivå.",
        "<dt>Godtagbar nivå</dt><dd>högst 10 st</dd>",
        "<b>A</b> April 2025: Nytt lönesystem",
        "Var 21 till 8 sep",
        f"rättat av {cast.johan.name}: Dubbla skulder",
        ">Fel lön</a>",
        "20 september 2025",
    ):
        assert words in page


def test_as_a_control_chart_it_says_where_the_limits_come_from(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    client.force_login(cast.karin)
    address = debts.get_absolute_url() + "?visa=styrdiagram"
    assert "Ett styrdiagram kräver minst 8 värden." in text_of(client, address)
    recorded(debts, [9], by=cast.karin, first=month(8))
    page = text_of(client, address)
    assert "Medelvärdet är 10,5; den vanliga variationen ligger mellan" in page
    assert "Gränserna kommer ur serien själv, inte ur målet" in page


def test_who_reads_only_is_offered_nothing_to_change(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    client.force_login(cast.siv)
    page = text_of(client, debts.get_absolute_url())
    for name in ("series_values", "series_import", "series_set_levels", "series_close"):
        assert reverse(name, args=[debts.pk]) not in page
    assert "/varde/" not in page


def test_a_missing_value_is_told_with_the_way_to_enter_it(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    IndicatorValue.objects.filter(period=month(7)).delete()
    client.force_login(cast.karin)
    page = text_of(client, debts.get_absolute_url())
    assert "1 värde saknas: juli 2025." in page
    assert "För in dem" in page


@pytest.mark.parametrize("more", [1, 20])
def test_a_series_asks_as_often_however_much_it_holds(
    client: Client, cast: Cast, debts: IndicatorSeries, more: int, django_assert_max_num_queries: Any
) -> None:
    recorded(debts, [8] * more, by=cast.karin, first=month(1, 2023))
    for number in range(1, more + 1):
        series.note(debts, by=cast.karin, period=month(1), text=f"Händelse {number}")
    client.force_login(cast.karin)
    with django_assert_max_num_queries(24):
        assert client.get(debts.get_absolute_url()).status_code == 200


# Values


def test_values_are_entered_with_decimal_comma_for_the_periods_that_have_none(
    client: Client, cast: Cast, debts: IndicatorSeries
) -> None:
    definitions.change(debts.indicator, by=cast.eva, described=_with_decimals(debts.indicator))
    client.force_login(cast.karin)
    address = reverse("series_values", args=[debts.pk])
    form = client.get(address).context["form"]
    assert [one.label for one in form.visible_fields()] == ["Augusti 2025 (st)"]
    answer: Any = client.post(address, {"value_2025-08-01": "1 010,5 st", "version": version_of(debts)})
    assert (answer.status_code, answer.url) == (302, debts.get_absolute_url())
    assert IndicatorValue.objects.get(period=month(8)).value == D("1010.5")
    assert [one.label for one in client.get(address).context["form"].visible_fields()] == ["September 2025 (st)"]


def _with_decimals(indicator: Indicator) -> Any:
    return definitions.Described(
        indicator.name, indicator.measures, "st", 1, indicator.direction, indicator.rhythm, indicator.source
    )


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Skriv minst ett värde."), ("åtta", "Fyll i ett tal."), ("8,25", "0 decimaler")]
)
def test_what_is_no_value_is_told_and_what_was_typed_stays(
    client: Client, cast: Cast, debts: IndicatorSeries, typed: str, words: str
) -> None:
    client.force_login(cast.karin)
    page = client.post(reverse("series_values", args=[debts.pk]), {"value_2025-08-01": typed})
    assert words in str(page.context["form"].errors)
    assert page.context["form"]["value_2025-08-01"].value() == typed
    assert not IndicatorValue.objects.filter(period=month(8)).exists()


def test_the_second_of_two_who_enter_is_told_what_stands_and_keeps_what_was_typed(
    client: Client, cast: Cast, debts: IndicatorSeries
) -> None:
    opened = version_of(debts)
    recorded(debts, [9], by=cast.johan, first=month(8))
    client.force_login(cast.karin)
    page = client.post(reverse("series_values", args=[debts.pk]), {"value_2025-08-01": "7", "version": opened})
    [error] = page.context["form"].errors["value_2025-08-01"]
    assert error == "9 st fördes in under tiden. Rätta det i seriens tabell om det är fel."
    assert page.context["form"]["value_2025-08-01"].value() == "7"
    assert IndicatorValue.objects.get(period=month(8)).value == 9


def test_a_closed_series_takes_no_values(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    series.close(debts, by=cast.eva, reason="Mäts inte mer")
    client.force_login(cast.karin)
    for name in ("series_values", "series_import"):
        answer: Any = client.get(reverse(name, args=[debts.pk]))
        assert (answer.status_code, answer.url) == (302, debts.get_absolute_url())
    assert named(client) == []


# Verbs that ask


def test_an_indicator_is_defined_a_series_begun_and_its_levels_set_from_the_pages(client: Client, cast: Cast) -> None:
    client.force_login(cast.eva)
    described = {
        "unit": cast.municipality.pk, "name": "Sjukfrånvaro", "measures": "Procent", "unit_of_measure": "%", "decimals": "1",
        "direction": "lower", "rhythm": "quarter", "source": "Lönesystemet",
    }  # fmt: skip
    answer: Any = client.post(reverse("indicator_define"), described)
    made = Indicator.objects.get()
    assert answer.url == reverse("indicator_series_open", args=[made.pk])
    begun = {"unit": cast.board.pk, "responsible": cast.karin.pk, "begins_on": "2025-02-15", "days_after": "30"}
    answer = client.post(answer.url, begun)
    found = IndicatorSeries.objects.get()
    assert (answer.url, found.begins_on, found.due_on) == (found.get_absolute_url(), date(2025, 1, 1), date(2025, 4, 30))
    address = reverse("series_set_levels", args=[found.pk])
    wrong = client.post(address, {"valid_from": "2025-01-01", "target": "8", "acceptable": "7,5", "critical": "9"})
    assert "target" in wrong.context["form"].errors
    client.post(address, {"valid_from": "2025-01-01", "target": "6,5", "acceptable": "7,5", "critical": ""})
    assert (IndicatorLevel.objects.get().target, IndicatorLevel.objects.get().critical) == (D("6.5"), None)
    assert "Sjukfrånvaro" in text_of(client, made.get_absolute_url())


def test_a_value_is_revised_and_a_note_removed_from_the_series(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    client.force_login(cast.karin)
    value = IndicatorValue.objects.get(period=month(4))
    address = reverse("series_revise", args=[debts.pk, value.pk])
    assert "April 2025 står på 21 st." in text_of(client, address)
    assert "reason" in client.post(address, {"new": "15", "reason": ""}).context["form"].errors
    assert client.post(address, {"new": "15", "reason": "Dubbla"}).status_code == 302
    assert IndicatorValue.objects.get(pk=value.pk).value == 15
    client.post(reverse("series_note", args=[debts.pk]), {"period": "2025-04-01", "text": "Nytt lönesystem"})
    note = IndicatorNote.objects.get()
    client.post(reverse("series_note_remove", args=[debts.pk, note.pk]), {"reason": "Fel"})
    assert not IndicatorNote.objects.exists()


def test_what_belongs_to_another_series_is_not_found_below_this_one(client: Client, cast: Cast, debts: IndicatorSeries) -> None:
    other = a_series(debts.indicator, cast.payroll, by=cast.eva, responsible=cast.karin)
    value, level = IndicatorValue.objects.latest("pk"), IndicatorLevel.objects.get()
    client.force_login(cast.eva)
    assert client.get(reverse("series_revise", args=[other.pk, value.pk])).status_code == 404
    assert client.get(reverse("series_levels_remove", args=[other.pk, level.pk])).status_code == 404
