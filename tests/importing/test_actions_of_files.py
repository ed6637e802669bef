"""Actions as other people's files write them: who does what, and by when, in columns of their own."""

from __future__ import annotations

import io
from datetime import date

import pytest

from controls.importing.comparing import compare
from controls.importing.plan import ImportOutcome, import_rows
from controls.importing.reading import Reading, read
from controls.importing.target import Target, find_target
from controls.models import Action
from riskreg.importing.account import Fate
from riskreg.importing.cells import Cell
from riskreg.importing.days import day_in
from riskreg.importing.days_meant import days_meant
from riskreg.importing.fields import Field
from riskreg.importing.headings import recognise
from tests.cast import Cast

from .reading import parsed, sheet
from .test_plan_import import rows_of

HEAD = "Risk;Riskvärde;Kontrollmoment;Resultat;Bedömning;Åtgärd;Ansvarig för åtgärd;Klart senast\n"
FOUND = "Felaktiga löner;6;Stickprov av attester;Två fel.;Mindre avvikelser;"


@pytest.fixture
def closing(cast: Cast, target: Target) -> Target:
    return find_target(cast.board, 2025, None, cast.interim)


def go(text: str, target: Target, cast: Cast) -> ImportOutcome:
    return import_rows(rows_of(HEAD + text, target), target, by=cast.eva, source="uppfoljning.csv")


@pytest.mark.parametrize("who", ["Ansvarig för åtgärd", "Åtgärdsansvarig", "Ansvarig för åtgärden", "Responsible for the action"])
@pytest.mark.parametrize("when", ["Klart senast", "Klar senast", "Slutdatum", "Åtgärd klar senast", "Due date", "Deadline"])
def test_who_acts_and_by_when_is_known_by_the_heading(who: str, when: str) -> None:
    found = recognise(["Risk", "Ansvarig", "Åtgärd", who, when])
    assert [match.field for match in found] == [Field.TITLE, Field.OWNER, Field.ACTION, Field.RESPONSIBLE, Field.DUE]


def test_a_column_of_who_beside_an_action_and_its_day_is_about_the_action() -> None:
    for headings in (["Risk", "Åtgärd", "Ansvarig", "Klart senast"], ["Risk", "Åtgärd", "Klart senast", "Ansvarig"]):
        found = {match.heading: match.field for match in recognise(headings)}
        assert (found["Ansvarig"], found["Klart senast"]) == (Field.RESPONSIBLE, Field.DUE)
    assert recognise(["Ansvarig", "Risk", "Åtgärd", "Klart senast"])[0].field is Field.OWNER
    by_hand = recognise(["Risk", "Åtgärd", "Ansvarig", "Klart senast"], {"ansvarig": "owner"})
    assert by_hand[2].field is Field.OWNER


def test_a_day_in_a_plan_without_actions_is_not_taken_for_an_actions() -> None:
    (_risk, _control, day) = recognise(["Risk", "Kontrollmoment", "Klart senast"])
    assert (day.field, day.how) == (None, None)


def test_columns_below_a_wide_heading_of_actions_are_what_it_says() -> None:
    left = Cell(merged="left")
    above, below = ["Risk", "Riskvärde", "Åtgärd", left, left], ["", "", "Vad", "Ansvarig", "Klart"]
    told = parsed([sheet(above, below, ["Brand", "8", "Byt larm", "Johan Berg", "2025-11-30"])])
    assert [(row.title, row.action, row.responsible, row.due_on) for row in told.rows] == [
        ("Brand", "Byt larm", "Johan Berg", date(2025, 11, 30))
    ]


def test_an_action_gets_its_person_and_its_day(cast: Cast, target: Target, closing: Target) -> None:
    text = FOUND + "Rutinen ses över;Johan Berg;2025-11-30\n"
    go(text, closing, cast)
    action = Action.objects.get()
    assert (action.description, action.responsible, action.due_on) == ("Rutinen ses över", cast.johan, date(2025, 11, 30))
    assert go(text, closing, cast).changed_nothing


def test_a_row_with_another_action_alone_is_another_action_of_the_control(cast: Cast, closing: Target) -> None:
    text = FOUND + "Rutinen ses över;Johan Berg;2025-11-30\n;;;;;Lönechefen utbildas;;15 december 2025\n"
    go(text, closing, cast)
    actions = Action.objects.order_by("pk").values_list("description", "responsible__name", "due_on")
    assert list(actions) == [
        ("Rutinen ses över", "Johan Berg", date(2025, 11, 30)),
        ("Lönechefen utbildas", None, date(2025, 12, 15)),
    ]
    assert go(text, closing, cast).changed_nothing


def test_what_is_no_day_or_nobody_is_left_out_aloud_and_stops_nothing(cast: Cast, closing: Target) -> None:
    (row,) = rows_of(HEAD + FOUND + "Rutinen ses över;Ekonomichefen;snarast\n", closing)
    changes = compare([row], closing, by=cast.eva)
    assert (row.unread[Field.DUE], changes.findings.settled(row, Field.RESPONSIBLE).reason) == ("not_a_day", "no_such_user")
    assert not changes.errors
    told = parsed([sheet(["Risk", "Riskvärde", "Åtgärd", "Klart senast"], ["Brand", "8", "Larm", "snarast"])])
    assert [(problem.code, problem.severity) for problem in told.problems] == [("day_left_out", "warning")]


def test_who_and_when_without_an_action_are_left_out(cast: Cast, closing: Target) -> None:
    for start in (FOUND, "Felaktiga löner;6;Stickprov av attester;;;"):
        (row,) = rows_of(f"{HEAD}{start};Johan Berg;2025-11-30\n", closing)
        findings = compare([row], closing, by=cast.eva).findings
        assert [findings.settled(row, name).reason for name in (Field.RESPONSIBLE, Field.DUE)] == ["no_action"] * 2


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-11-30", "2025-11-30"),
        ("30 nov 2025", "2025-11-30"),
        ("30 november 2025", "2025-11-30"),
        ("30.11.2025", "2025-11-30"),
        ("30/11 2025", "2025-11-30"),
        ("5/6/2025", ""),
        ("december 2025", ""),
        ("30/11", ""),
    ],
)
def test_a_day_is_read_as_people_write_it_unless_it_could_be_another(text: str, day: str) -> None:
    assert day_in(text) == day


DAY = date.fromisoformat


@pytest.mark.parametrize(
    ("text", "days", "is_guessed"),
    [
        ("dec-25", ["2025-12-31", "2025-12-01"], True),
        ("juni 2025", ["2025-06-30", "2025-06-01"], True),
        ("slutet av juni 2025", ["2025-06-30", "2025-06-01"], True),
        ("sept. 2025", ["2025-09-30", "2025-09-01"], True),
        ("2025-06", ["2025-06-30", "2025-06-01"], True),
        ("Q3 2025", ["2025-09-30", "2025-07-01"], True),
        ("2025-Q3", ["2025-09-30", "2025-07-01"], True),
        ("tertial 2 2025", ["2025-08-31", "2025-05-01"], True),
        ("halvår 1 2025", ["2025-06-30", "2025-01-01"], True),
        ("2025", ["2025-12-31", "2025-01-01"], True),
        ("v. 36 2025", ["2025-09-05", "2025-09-01"], True),
        ("v. 36", ["2025-09-05", "2025-09-01", "2026-09-04", "2026-08-31"], False),
        ("31 dec", ["2025-12-31", "2026-12-31"], False),
        ("31/12", ["2025-12-31", "2026-12-31"], False),
        ("31/12-25", ["2025-12-31"], True),
        ("5/6/2025", ["2025-06-05", "2025-05-06"], True),
        ("250630", ["2025-06-30"], True),
        ("juni 25", ["2025-06-30", "2025-06-01", "2025-06-25"], False),
        *(
            (text, [], False)
            for text in ("löpande", "hösten 2025", "v. 99", "Q7 2025", "250230", "30 februari", "maj/juni 2025", "6")
        ),
    ],
)
def test_a_text_that_says_less_than_a_day_may_mean_several(text: str, days: list[str], is_guessed: bool) -> None:
    meant = days_meant(text, 2025)
    assert [day.isoformat() for day in meant.days] == days
    assert meant.guess == (DAY(days[0]) if is_guessed else None)


@pytest.mark.parametrize("text", ["20251130", "2025-11-30 00:00:00", "2025-11-30T00:00"])
def test_a_day_as_programs_write_it_is_sure(text: str) -> None:
    assert day_in(text) == "2025-11-30"


def test_a_month_for_a_day_is_asked_once_and_becomes_the_day_that_a_person_says(cast: Cast, closing: Target) -> None:
    row = FOUND + "Rutinen ses över;Johan Berg;dec-25\n"
    data = (HEAD + row + row.replace("löner", "avgifter").replace("lön", "lönen")).encode()

    def read_with(answers: dict[str, str]) -> Reading:
        return read(io.BytesIO(data), "uppfoljning.csv", closing, answers=answers)

    first = read_with({})
    (question,) = first.asked.questions
    assert (question.guess, [choice.code for choice in question.choices]) == (
        "2025-12-31", ["2025-12-31", "2025-12-01", "leave_out"],
    )  # fmt: skip
    assert [row.due_on for row in first.rows] == [None, None]
    assert first.errors
    answered = read_with({question.key: "2025-12-31"})
    assert [row.due_on for row in answered.rows] == [DAY("2025-12-31")] * 2
    account = answered.account(compare(answered.rows, closing, by=cast.eva).findings.settled)
    assert [entry.settlement.fate for entry in account.entries if entry.text == "dec-25"] == [Fate.TAKEN] * 2
    without = read_with({question.key: "leave_out"})
    assert [(row.due_on, row.unread[Field.DUE]) for row in without.rows] == [(None, "chosen_out")] * 2


def test_no_day_of_an_action_is_asked_about_where_no_closing_is_chosen(target: Target) -> None:
    data = (HEAD + FOUND + "Rutinen ses över;Johan Berg;dec-25\n").encode()
    assert not read(io.BytesIO(data), "uppfoljning.csv", target).asked.questions
