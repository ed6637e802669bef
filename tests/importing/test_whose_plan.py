"""A file whose own lines name another year or unit than was chosen is said to, before anything is written."""

from __future__ import annotations

import io

import pytest

from controls.importing.reading import read
from controls.importing.target import find_target
from tests.cast import Cast

pytestmark = pytest.mark.one_engine

TABLE = "Risk;Riskvärde;Kontrollmoment\nFel lön;6;Att löner är rätt\n"


def warnings_of(cast: Cast, *above: str) -> list[str]:
    """Return what is warned of in a file for the board's plan of 2025 with these lines above its headings."""
    text = "".join(f"{line};;\n" for line in above) + TABLE
    problems = read(io.BytesIO(text.encode()), "plan.csv", find_target(cast.board, 2025)).problems
    assert {problem.severity for problem in problems} <= {"warning"}
    return [problem.message for problem in problems]


@pytest.mark.parametrize("line", ["Internkontrollplan 2024", "Internkontroll 2026", "Uppföljning av intern kontroll 2024"])
def test_another_year_is_said(cast: Cast, line: str) -> None:
    (message,) = warnings_of(cast, line)
    assert f"”{line}”" in message
    assert "2025" in message


@pytest.mark.parametrize(
    "lines",
    [
        ("Internkontrollplan 2025",),
        ("Internkontrollplan 2024–2025",),
        ("Internkontrollplan 2025", "Underlag: riskanalys 2024"),
        ("Internkontrollplan, beslutad 2024-12-10",),
        ("Internkontrollplan, KS 2024/587",),
        ("Utskriven i november 2024",),
        ("Internkontrollplan",),
    ],
)
def test_the_year_itself_a_date_or_a_number_is_no_other_year(cast: Cast, lines: tuple[str, ...]) -> None:
    assert warnings_of(cast, *lines) == []


def test_another_unit_is_said(cast: Cast) -> None:
    (message,) = warnings_of(cast, f"Internkontrollplan 2025, {cast.school_board.name.upper()}")
    assert cast.school_board.name.upper() in message
    assert message.count(cast.board.name) == 1


def test_units_above_and_below_are_no_other_unit(cast: Cast) -> None:
    for unit in (cast.board, cast.municipality, cast.payroll):
        assert warnings_of(cast, f"Internkontrollplan 2025, {unit.name}") == []
    assert warnings_of(cast, f"{cast.school_board.name} och {cast.board.name}: internkontrollplan 2025") == []
