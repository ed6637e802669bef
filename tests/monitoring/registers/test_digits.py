"""First digits of a ledger's amounts beside Benford's law: known figures, what is left out, and the page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Alert, RegisterSnapshot
from controls.monitoring.rules.benford import Fit, compare
from riskreg.charts import Pair, Series, paired_columns
from tests.cast import Cast
from tests.monitoring.registers.scene import JUNE, a_register, fed

HEADINGS = ("verifikationsnummer", "leverantor", "leverantor_id", "belopp", "datum", "fakturanummer")
POWERS_OF_TWO = [301, 176, 125, 97, 79, 69, 56, 52, 45]
"""The first digits of 2⁰ to 2⁹⁹⁹, as tables of Benford's law print them."""
LAW = ["30.1", "17.6", "12.5", "9.7", "7.9", "6.7", "5.8", "5.1", "4.6"]
"""The shares that the law gives, in percent, as every table of it prints them."""


def test_the_figures_of_powers_of_two_are_those_of_the_tables() -> None:
    digits = compare(POWERS_OF_TWO)
    assert [int(str(2**n)[0]) for n in range(1000)].count(1) == digits.counts[0]
    assert [f"{100 * share:.1f}" for share in digits.expected] == LAW
    # By hand: (0.00003 + 0.00009 + 0.00006 + 0.00009 + 0.00018 + 0.00205 + 0.00199 + 0.00085 + 0.00076) / 9
    assert digits.deviation == pytest.approx(0.000678, abs=0.000002)
    assert (digits.fit, digits.furthest, digits.total) == (Fit.CLOSE, 6, 1000)


@pytest.mark.parametrize(("moved", "fit"), [(0, Fit.CLOSE), (40, Fit.ACCEPTABLE), (60, Fit.MARGINAL), (80, Fit.NONE)])
def test_nigrini_s_bands_divide_how_well_it_fits(moved: int, fit: Fit) -> None:
    # So many of 1,000 begin with 9 instead of 1: the mean deviation is about 2 × moved / 9,000.
    counts = [301 - moved, *POWERS_OF_TWO[1:8], 45 + moved]
    assert compare(counts).fit == fit


def test_a_drawing_of_pairs_says_and_tables_the_same_numbers() -> None:
    series = Series("Observerat", "ongoing", "■"), Series("Väntat", "none", "□")
    chart = paired_columns([Pair("1", 0.25, 0.301), Pair("2", 0.0, 0.176)], series, title="T", what="Siffra")
    assert [row[0] for row in chart.rows] == ["1", "2"]
    assert [row[1].replace(",", ".") for row in chart.rows] == ["25.0", "0.0"]
    assert all(number in chart.alternative and number in chart.file for row in chart.rows for number in row[1:])
    assert "var(--" not in chart.file
    assert 'fill="#' not in chart.inline
    assert paired_columns([], series, title="T").rows == []


AMOUNTS = ("12,50", "19", "150000", "23,1", "999,99", "9,99", "0", "-500", "-1,50", "", "okänt")


def ledger(cast: Cast, *amounts: str) -> RegisterSnapshot:
    register = a_register(cast.board, cast.johan, kind="ledger", name="Reskontra")
    rows = [
        (f"V{number}", "Bygg & Son AB", "556016-0680", amount, "2025-06-14", f"F-{number}")
        for number, amount in enumerate(amounts)
    ]
    return fed(register, cast.karin, *rows, headings=HEADINGS, as_of=JUNE)


@pytest.fixture
def page(client: Client, cast: Cast, today: date) -> Client:
    client.force_login(cast.karin)
    return client


def address(snapshot: RegisterSnapshot) -> str:
    return reverse("register_digits", args=[snapshot.register_id, snapshot.pk])


@pytest.mark.django_db
@pytest.mark.one_engine
class TestPage:
    def test_it_counts_what_it_says_and_says_what_it_leaves_out(self, page: Client, cast: Cast) -> None:
        snapshot = ledger(cast, *AMOUNTS)
        shown = page.get(address(snapshot))
        context: Any = shown.context
        assert context["digits"].counts == (3, 1, 0, 0, 0, 0, 0, 0, 1)
        left_out = dict(context["without"])
        assert list(left_out.values()) == ["2", "2", "2"]
        assert (context["digits"].total, context["left_out"]) == (5, 6)
        assert context["rows"][0] == ["1", "3", "60,0", "2", "30,1", "+29,9"]
        text = shown.content.decode()
        for words in ("5 belopp är för få", "den ger inget larm och avgör ingenting", 'role="img"', "<caption"):
            assert words in text
        assert not Alert.objects.exists()

    def test_it_is_reached_from_the_ledger_s_page_and_read_in_words(self, page: Client, cast: Cast) -> None:
        snapshot = ledger(cast, *(str(2**n) for n in range(4, 60)), *(f"{n}5" for n in range(1, 10) for _ in range(60)))
        assert address(snapshot) in page.get(snapshot.register.get_absolute_url()).content.decode()
        assert "följer inte lagen" in page.get(address(snapshot)).content.decode()

    def test_another_kind_of_register_has_none(self, page: Client, cast: Cast) -> None:
        snapshot = fed(a_register(cast.board, cast.johan), cast.karin, as_of=JUNE)
        assert page.get(address(snapshot)).status_code == 404
        assert address(snapshot) not in page.get(snapshot.register.get_absolute_url()).content.decode()

    def test_who_may_not_read_the_rows_is_refused_and_a_stranger_finds_nothing(
        self, client: Client, cast: Cast, today: date
    ) -> None:
        snapshot = ledger(cast, *AMOUNTS)
        client.force_login(cast.bo)
        assert client.get(address(snapshot)).status_code == 404

    def test_without_any_amount_to_count_it_says_so(self, page: Client, cast: Cast) -> None:
        assert "Inget belopp kan räknas." in page.get(address(ledger(cast, "-5", "0"))).content.decode()

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, page: Client, cast: Cast) -> None:
        def queries(snapshot: RegisterSnapshot) -> int:
            page.get(address(snapshot))
            with CaptureQueriesContext(connection) as found:
                page.get(address(snapshot))
            return len(found)

        snapshot = ledger(cast, *AMOUNTS)
        few = queries(snapshot)
        rows = [(f"V{n}", "Bygg & Son AB", "556016-0680", str(n), "2025-06-14", f"F-{n}") for n in range(10, 200)]
        assert queries(fed(snapshot.register, cast.karin, *rows, headings=HEADINGS, as_of=date(2025, 7, 31))) == few <= 5
