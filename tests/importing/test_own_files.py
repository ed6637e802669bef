"""Our own files come back: what the product writes is read without loss, and says "unchanged"; what is filled in is seen."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime

import openpyxl
import pytest
from django.utils import translation

from controls.importing.changes import PlanChanges
from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import find_target
from controls.reporting.kinds import KINDS, Subject
from controls.reporting.paper import Paper, as_json, from_json
from controls.reporting.writers.registry import WRITERS
from riskreg.importing.account import Fate
from riskreg.importing.own_columns import key_of
from riskreg.importing.tables import read_content
from riskreg.models import ControlPlan, Membership, User
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.reporting.conftest import act, approved, submitted
from tests.reporting.subjects import HOW

pytestmark = pytest.mark.one_engine

TODAY = date(2025, 9, 8)
LONG = (
    "Vi granskade 60 av 1 240 utbetalningar.\nTre saknade attest:\n• lön för mars – 12 400 kr\n• lön för april\n"
    "• resor, se bilaga 2\n\nÅterstår: avstämning av semesterlöne-\nskulden och e-\nfakturor.\n2. Senast i december."
)
KINDS_OF_FILE = [(code, ending) for code in ("follow_up", "adoption") for ending in ("xlsx", "json", "docx", "pdf")]
FRAME = {"own_frame", "own_words", "beside_own_frame"}


@pytest.fixture(autouse=True)
def _in_swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


@pytest.fixture
def plan(cast: Cast) -> ControlPlan:
    """A plan in its half-year: every state, several controls and actions, confidential, long texts, åäö, several units."""
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state="draft")
    cast.plan.refresh_from_db()
    pay = make_risk(
        cast.plan,
        "Felaktiga löneutbetalningar",
        likelihood=3,
        impact=4,
        description=f"Risk för fel lön. {LONG}",
        owner=cast.karin,
    )
    attest = make_control(pay, "Stickprov av attest", performer=cast.karin, frequency="quarterly", target="Högst 1 fel av 60")
    reported = make_follow_up(
        attest, cast.interim, state="in_progress", result=LONG, conclusion="minor_deviations",
        conclusion_wording="Mindre avvikelser, två löner fel", conclusion_reason="Acceptabelt: små belopp.",
        performed_otherwise="Alla löner i mars, inte ett stickprov.",
    )  # fmt: skip
    act(reported, "Inför påminnelse till chefer.", responsible=cast.karin, due_on=date(2025, 12, 31))
    act(reported, "Gå igenom rutinen.\nUtbilda nya chefer.", responsible=cast.johan, due_on=date(2025, 10, 1),
        done_on=date(2025, 9, 1), effect="Rutinen är känd.\nAnsvarig: ekonomichefen.")  # fmt: skip
    debts = make_control(
        pay, "Avstämning av semesterlöneskuld", method="reconciliation", method_wording="mot Agresso (konto 2920)",
        frequency="given_dates", frequency_wording="mars och oktober", performer_text="Löneenheten",
    )  # fmt: skip
    ongoing = make_follow_up(debts, cast.interim, state="in_progress", result="Påbörjad.", conclusion="ongoing")
    act(ongoing, "Avstämning av hösten.", kind="continues")
    power = make_risk(cast.plan, "Energibrist", risk_score=8, owner_text="Fastighetschefen")
    act(approved(cast, make_control(power, "Genomgång av kontinuitetsplaner", method="review")), "", kind="none_needed")
    make_risk(cast.plan, "Ramavtal följs inte", risk_score=None)
    make_control(make_risk(cast.plan, "Mutor och jäv", likelihood=2, impact=3), "Enkät till alla chefer", method="survey")
    secret = make_risk(
        cast.plan, "Skalskydd i vattenverket", likelihood=4, impact=4, is_confidential=True, confidentiality_section="OSL 18:13"
    )
    make_follow_up(make_control(secret, "Provlarm"), cast.interim, state="planned")
    common = make_risk(cast.plan, "Bisysslor", likelihood=2, impact=2, is_municipality_wide=True)
    asked = make_control(common, "Fråga i medarbetarsamtal", method="interview")
    submitted(cast, asked, result="Inga bisysslor.")
    other = submitted(cast, asked, unit=cast.school_board, result="En bisyssla.\nDen prövas.", conclusion="minor_deviations")
    act(other, "Pröva bisysslan.", responsible=cast.johan, due_on=date(2025, 11, 30))
    return cast.plan


def paper(cast: Cast, code: str, *, public: bool = False, user: User | None = None) -> Paper:
    has_closing = KINDS[code].has_closing
    subject = Subject(cast.board, 2025, cast.plan, cast.interim if has_closing else None)
    return KINDS[code].draw_up(user or cast.eva, subject, TODAY, public)


def written(made: Paper, ending: str) -> bytes:
    return WRITERS[ending].write(made, HOW)


def back(data: bytes, ending: str, cast: Cast, *, user: User | None = None) -> tuple[Reading, PlanChanges]:
    target = find_target(cast.board, 2025, closing=cast.interim)
    reading = read(io.BytesIO(data), f"rapport.{ending}", target)
    return reading, compare(reading.rows, target, by=user or cast.eva)


@pytest.mark.parametrize(("code", "ending"), KINDS_OF_FILE)
def test_what_the_product_wrote_is_unchanged(cast: Cast, plan: ControlPlan, code: str, ending: str) -> None:
    reading, changes = back(written(paper(cast, code), ending), ending, cast)
    assert [problem.message for problem in [*reading.errors, *changes.errors]] == []
    assert [(one.name, one.old, one.new) for risk in changes.risks for one in risk.all_fields] == []
    assert {name: count for name, count in changes.counts().items() if count and not name.endswith("_same")} == {}
    assert changes.changes_nothing
    assert (changes.not_in_file, changes.controls_not_in_file) == ([], [])
    assert reading.asked.questions == changes.findings.asked.questions == []
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    left_out = [(entry.text, entry.settlement.reason) for entry in account.of(Fate.LEFT_OUT)]
    assert [one for one in left_out if one[1] not in FRAME] == []


# One cell is changed: exactly this is shown.

REWORDED = [
    ("follow_up", "title", "title", "Energibrist", "Energibrist i vinter"),
    ("follow_up", "title", "title", "Felaktiga löneutbetalningar", "Felaktiga löner"),
    ("follow_up", "score", "risk_score", "8", "9"),
    ("follow_up", "result", "result", "Påbörjad.", "Påbörjad i maj.\nKlar i juni."),
    ("follow_up", "result", "result", LONG, "Klart."),
    ("follow_up", "conclusion", "conclusion", "Mindre avvikelser", "Inga avvikelser"),
    ("follow_up", "action", "action", "Inför påminnelse till chefer.", "Inför påminnelse."),
    ("follow_up", "responsible", "responsible", "Karin Lindqvist", "Johan Berg"),
    ("follow_up", "due", "due_on", "2025-12-31", "2026-01-15"),
    ("follow_up", "conclusion_reason", "conclusion_reason", "Acceptabelt: små belopp.", "Belopp under 500 kr."),
    ("follow_up", "control", "description", "Provlarm", "Provlarm varje kvartal"),
    ("adoption", "performer", "performer", "Karin Lindqvist", "Johan Berg"),
    ("adoption", "performer", "performer_text", "Löneenheten", "Lönegruppen"),
    ("adoption", "target", "target", "Högst 1 fel av 60", "Inga fel"),
    ("adoption", "owner", "owner_text", "Fastighetschefen", "Driftchefen"),
    ("adoption", "method_wording", "method_wording", "mot Agresso (konto 2920)", "mot Agresso"),
    ("adoption", "frequency", "frequency", "Varje kvartal", "Varje månad"),
]
"""Kind of report, column, field of the register, what stands there and what is written instead."""


def changed_workbook(data: bytes, key: str, old: str, new: str) -> bytes:
    """Write the new text into the first cell of the column that holds the old one, as a person does."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    column = [key_of(str(cell.value)) for cell in sheet[1]].index(key)
    cell = next(row[column] for row in sheet.iter_rows(min_row=2) if shown(row[column].value) == old)
    cell.value = int(new) if new.isdecimal() else date.fromisoformat(new) if key == "due" else new
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def shown(value: object) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value or "")


def changed_json(data: bytes, key: str, old: str, new: str) -> bytes:
    document = json.loads(data)
    row = next(row for row in document["rows"] if str(row.get(key, "")) == old)
    row[key] = int(new) if new.isdecimal() else new
    return json.dumps(document).encode()


@pytest.mark.parametrize("ending", ["xlsx", "json"])
@pytest.mark.parametrize(("code", "key", "field", "old", "new"), REWORDED)
def test_one_changed_cell_is_exactly_what_is_shown(
    cast: Cast, plan: ControlPlan, ending: str, code: str, key: str, field: str, old: str, new: str
) -> None:
    by_hand = {"xlsx": changed_workbook, "json": changed_json}[ending]
    data = by_hand(written(paper(cast, code), ending), key, old, new)
    reading, changes = back(data, ending, cast)
    assert [(one.name, one.old, one.new) for risk in changes.risks for one in risk.all_fields] == [(field, old, new)]
    assert [problem.message for problem in [*reading.errors, *changes.errors]] == []
    assert (changes.not_in_file, changes.controls_not_in_file) == ([], [])
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    assert [entry.text for entry in account.of(Fate.LEFT_OUT) if entry.settlement.reason not in FRAME] == []


def test_a_conclusion_is_chosen_from_a_list_and_an_empty_cell_of_days_holds_a_day(cast: Cast, plan: ControlPlan) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written(paper(cast, "follow_up"), "xlsx"))).worksheets[0]
    keys = [key_of(str(cell.value)) for cell in sheet[1]]
    (choice,) = sheet.data_validations.dataValidation
    assert "Inga avvikelser,Mindre avvikelser" in str(choice.formula1)
    assert sheet.cell(2, keys.index("conclusion") + 1).coordinate in choice.cells
    assert sheet.cell(2, keys.index("due") + 1).number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("code", ["follow_up", "adoption"])
def test_a_paper_keeps_its_columns_and_one_from_before_has_none(cast: Cast, plan: ControlPlan, code: str) -> None:
    made = paper(cast, code)
    kept = json.loads(json.dumps(as_json(made)))
    assert [table.flat for table in from_json(kept).tables] == [table.flat for table in made.tables]
    for part in kept["parts"]:
        part.pop("flat", None)
    before = from_json(kept)
    assert (before.mark, as_json(before)) == ("", kept)
    assert read_content(io.BytesIO(written(before, "xlsx")), "rapport.xlsx").own == ""


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
@pytest.mark.parametrize("public", [False, True])
def test_who_sees_no_confidential_risks_sends_out_and_takes_back_what_they_see(
    cast: Cast, plan: ControlPlan, ending: str, public: bool
) -> None:
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    outsider = User.objects.get(pk=cast.eva.pk)
    made = paper(cast, "follow_up", public=public, user=cast.johan if public else outsider)
    _reading, changes = back(written(made, ending), ending, cast, user=outsider)
    assert (changes.changes_nothing, changes.errors, changes.not_in_file) == (True, [], [])
    assert len(changes.risks) == 5
