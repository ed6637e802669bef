"""The offline way: a report is sent out, sorted, filled in and taken back; and who may see what of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from controls.importing.comparing import compare
from controls.importing.confidential import rows_hidden_from
from controls.importing.plan import import_rows
from controls.importing.reading import read
from controls.importing.target import find_target
from controls.models import Action, ColumnMapping, Control, FollowUp
from controls.reporting.writers.word.document import _set_mark
from riskreg.importing.account import Fate
from riskreg.importing.own_columns import key_of
from riskreg.importing.tables import read_content
from riskreg.importing.unreadable import UnreadableFile
from riskreg.models import ControlPlan, Membership, Risk, User
from tests.cast import Cast, make_control, make_follow_up, make_risk
from tests.reporting.conftest import act, submitted

from .test_import_pages import act as act_on
from .test_import_pages import preview, upload
from .test_own_files import FRAME, _in_swedish, back, paper, plan, shown, written

__all__ = ["_in_swedish", "plan"]
pytestmark = pytest.mark.one_engine

Rows = list[dict[str, Any]]


def workbook(data: bytes, change: Callable[[Any, list[str | None]], None]) -> bytes:
    """Change the first sheet as a person does; `change` takes it and the keys of its columns."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    change(sheet, [key_of(str(cell.value)) for cell in sheet[1]])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def row_of(sheet: Any, keys: list[str | None], key: str, text: str) -> Any:
    return next(row for row in sheet.iter_rows(min_row=2) if shown(row[keys.index(key)].value) == text)


def found(changes: Any) -> list[tuple[str, str, str]]:
    return [(one.name, one.old, one.new) for risk in changes.risks for one in risk.all_fields]


def test_what_is_filled_in_becomes_a_follow_up_that_is_handed_in(cast: Cast, plan: ControlPlan) -> None:
    def fill_in(sheet: Any, keys: list[str | None]) -> None:
        row = row_of(sheet, keys, "control", "Enkät till alla chefer")
        said = {
            "result": "38 av 40 chefer svarade.\n• två kände inte till rutinen",
            "conclusion": "Mindre avvikelser",
            "action": "Utbilda de två.",
            "responsible": "Karin Lindqvist",
            "due": "31 december 2025",
        }
        for key, text in said.items():
            row[keys.index(key)].value = text

    reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), fill_in), "xlsx", cast)
    counts = {name: count for name, count in changes.counts().items() if count and not name.endswith("_same")}
    assert counts == {"follow_ups_new": 1, "actions_new": 1, "follow_ups_submitted": 1}
    import_rows(reading.rows, find_target(cast.board, 2025, closing=cast.interim), by=cast.eva, source="rapport.xlsx")
    follow_up = FollowUp.objects.get(control__description="Enkät till alla chefer")
    assert follow_up.result == "38 av 40 chefer svarade.\n• två kände inte till rutinen"
    assert (follow_up.conclusion, follow_up.state) == ("minor_deviations", "submitted")
    action = follow_up.actions.get()
    assert (action.description, action.responsible, action.due_on) == ("Utbilda de två.", cast.karin, date(2025, 12, 31))


def test_a_changed_action_is_written_and_has_a_history(cast: Cast, plan: ControlPlan) -> None:
    def postpone(sheet: Any, keys: list[str | None]) -> None:
        row = row_of(sheet, keys, "action", "Inför påminnelse till chefer.")
        row[keys.index("due")].value = date(2026, 2, 1)

    reading, _changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), postpone), "xlsx", cast)
    import_rows(reading.rows, find_target(cast.board, 2025, closing=cast.interim), by=cast.eva, source="rapport.xlsx")
    action = Action.objects.get(description="Inför påminnelse till chefer.")
    assert (action.due_on, action.history.first().history_user) == (date(2026, 2, 1), cast.eva)
    assert Action.objects.count() == 5


def test_rows_may_be_sorted_and_columns_moved(cast: Cast, plan: ControlPlan) -> None:
    data = written(paper(cast, "follow_up"), "json")
    rows: Rows = json.loads(data)["rows"]
    keys = list(dict.fromkeys(key for row in rows for key in row))[::-1]

    def sort(sheet: Any, _keys: list[str | None]) -> None:
        cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
        turned = [row[::-1] for row in [cells[0], *sorted(cells[1:], key=lambda row: str(row[5]))]]
        sheet.insert_rows(1, 2)
        sheet["A1"] = "Skickad till förvaltningen"
        for number, row in enumerate(turned, start=3):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value

    assert keys
    reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), sort), "xlsx", cast)
    assert changes.changes_nothing
    assert changes.not_in_file == changes.controls_not_in_file == []
    assert reading.account(changes.findings.settled).balances(reading.content)


def test_what_is_changed_in_one_of_a_risks_rows_counts(cast: Cast, plan: ControlPlan) -> None:
    def retitle(sheet: Any, keys: list[str | None]) -> None:
        row = row_of(sheet, keys, "control", "Avstämning av semesterlöneskuld")
        row[keys.index("title")].value = "Fel lön betalas ut"
        row_of(sheet, keys, "action", "Gå igenom rutinen.\nUtbilda nya chefer.")[keys.index("result")].value = "Allt granskat."

    reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), retitle), "xlsx", cast)
    assert [one[0::2] for one in found(changes)] == [("title", "Fel lön betalas ut"), ("result", "Allt granskat.")]
    settled = changes.findings.settled
    assert {e.settlement.reason for e in reading.account(settled).of(Fate.LEFT_OUT)} <= FRAME


def test_a_column_of_ones_own_is_left_out_aloud_and_an_emptied_cell_changes_nothing(cast: Cast, plan: ControlPlan) -> None:
    def note(sheet: Any, keys: list[str | None]) -> None:
        sheet.cell(1, len(keys) + 1).value = "Vår anteckning"
        sheet.cell(2, len(keys) + 1).value = "Ring Eva"
        row_of(sheet, keys, "result", "Påbörjad.")[keys.index("result")].value = None

    reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), note), "xlsx", cast)
    assert changes.changes_nothing
    left_out = [e for e in reading.account(changes.findings.settled).of(Fate.LEFT_OUT) if e.settlement.reason not in FRAME]
    assert [(entry.text, entry.settlement.reason) for entry in left_out] == [
        ("Vår anteckning", "column_unknown"),
        ("Ring Eva", "column_unknown"),
    ]


def test_a_new_row_is_a_new_control_or_a_new_risk(cast: Cast, plan: ControlPlan) -> None:
    def add(sheet: Any, keys: list[str | None]) -> None:
        for said in (
            {"title": "Energibrist", "control": "Övning i november", "method": "Annan metod"},
            {"title": "Brand i arkivet", "score": 6, "control": "Brandrond"},
        ):
            sheet.append([said.get(key or "") for key in keys])

    _reading, changes = back(workbook(written(paper(cast, "adoption"), "xlsx"), add), "xlsx", cast)
    new = {name: count for name, count in changes.counts().items() if count and name.endswith("_new")}
    assert new == {"risks_new": 1, "controls_new": 2}
    assert found(changes) == []


def test_an_adopted_plans_follow_up_is_unchanged(cast: Cast, plan: ControlPlan) -> None:
    adopted = {"state": "adopted", "adopted_on": "2025-01-15", "adopted_paragraph": "§ 4"}
    ControlPlan.objects.filter(pk=plan.pk).update(**adopted)
    _reading, changes = back(written(paper(cast, "follow_up"), "xlsx"), "xlsx", cast)
    assert (changes.changes_nothing, changes.errors) == (True, [])


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
def test_a_report_in_english_is_unchanged_in_swedish(cast: Cast, plan: ControlPlan, ending: str) -> None:
    with translation.override("en"):
        data = written(paper(cast, "follow_up"), ending)
    reading, changes = back(data, ending, cast)
    assert (found(changes), changes.errors) == ([], [])
    left_out = reading.account(changes.findings.settled).of(Fate.LEFT_OUT)
    assert {entry.settlement.reason for entry in left_out} <= FRAME


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("Energibrist", "Energibrist i vinter", ("title", "Energibrist", "Energibrist i vinter")),
        ("Påbörjad.", "Klar i juni.", ("result", "Påbörjad.", "Klar i juni.")),
        ("Mindre avvikelser", "Väsentliga avvikelser", ("conclusion", "Mindre avvikelser", "Väsentliga avvikelser")),
        ("Inför påminnelse till chefer.", "Inför påminnelse.", ("action", "Inför påminnelse till chefer.", "Inför påminnelse.")),
        ("Ansvarig: Karin Lindqvist", "Ansvarig: Johan Berg", ("responsible", "Karin Lindqvist", "Johan Berg")),
        ("Senast 31 december 2025", "Senast 15 januari 2026", ("due_on", "2025-12-31", "2026-01-15")),
    ],
)
def test_one_changed_paragraph_in_word_is_exactly_what_is_shown(
    cast: Cast, plan: ControlPlan, old: str, new: str, change: tuple[str, str, str]
) -> None:
    document = docx.Document(io.BytesIO(written(paper(cast, "follow_up"), "docx")))
    table = next(one for one in document.tables if one.rows[0].cells[0].text == "Identifierad risk")
    runs = (run for row in table.rows for cell in row.cells for paragraph in cell.paragraphs for run in paragraph.runs)
    next(run for run in runs if run.text == old).text = new
    target = io.BytesIO()
    document.save(target)
    _reading, changes = back(target.getvalue(), "docx", cast)
    assert (found(changes), changes.errors) == ([change], [])


@pytest.mark.parametrize("code", ["follow_up", "adoption"])
def test_a_long_pdf_is_unchanged_over_its_pages(cast: Cast, code: str) -> None:
    ControlPlan.objects.filter(pk=cast.plan.pk).update(state="draft")
    cast.plan.refresh_from_db()
    long = " ".join(f"Mening nummer {number} om vad som kan hända." for number in range(40))
    for number in range(20):
        risk = make_risk(cast.plan, f"Risk nummer {number} i verksamheten", description=long if number % 5 == 0 else "Kort.")
        for one in range(1 + number % 3):
            control = make_control(risk, f"Granskning {one} av ärenden hos risk {number}", performer=cast.karin)
            result = long if one == 1 else "Granskat."
            follow_up = submitted(cast, control, result=result, conclusion="minor_deviations", conclusion_reason="Små belopp.")
            for action in range(number % 4):
                act(follow_up, f"Åtgärda brist {action}. {long[:500]}", responsible=cast.johan, due_on=date(2025, 12, 1 + action))
    reading, changes = back(written(paper(cast, code), "pdf"), "pdf", cast)
    assert (found(changes), changes.errors) == ([], [])
    assert changes.changes_nothing
    assert changes.controls_not_in_file == []
    assert len(changes.risks) == 20
    account = reading.account(changes.findings.settled)
    assert account.balances(reading.content)
    assert {entry.settlement.reason for entry in account.of(Fate.LEFT_OUT)} <= FRAME


def test_a_risk_that_is_given_quite_another_title_stays_the_same_risk(cast: Cast, plan: ControlPlan) -> None:
    def retitle(sheet: Any, keys: list[str | None]) -> None:
        row_of(sheet, keys, "title", "Energibrist")[keys.index("title")].value = "Kommunhuset står utan el"

    _reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), retitle), "xlsx", cast)
    assert found(changes) == [("title", "Energibrist", "Kommunhuset står utan el")]
    assert changes.not_in_file == []


def test_the_file_of_another_plan_renames_no_risk_of_this_one(cast: Cast, plan: ControlPlan) -> None:
    for number in range(1, 4):
        make_risk(cast.school_plan, f"Skolskjuts {number}", number=number, risk_score=6)
    target = find_target(cast.school_board, 2025)
    reading = read(io.BytesIO(written(paper(cast, "adoption"), "xlsx")), "plan.xlsx", target)
    changes = compare(reading.rows, target, by=cast.eva)
    assert changes.counts()["risks_new"] == 6
    assert len(changes.not_in_file) == 3


def test_a_template_with_properties_of_its_own_keeps_them_beside_the_mark(cast: Cast, plan: ControlPlan) -> None:
    document = docx.Document(io.BytesIO(written(paper(cast, "adoption"), "docx")))
    _set_mark(document, "riskreg/follow_up/1/en")
    target = io.BytesIO()
    document.save(target)
    assert read_content(io.BytesIO(target.getvalue()), "rapport.docx").own == "riskreg/follow_up/1/en"


def test_a_file_with_a_mark_whose_headings_are_gone_is_read_as_any_other(cast: Cast, plan: ControlPlan) -> None:
    def rename(sheet: Any, keys: list[str | None]) -> None:
        for column, words in enumerate(("Risk", "Kommentar", "Riskpoäng"), start=1):
            sheet.cell(1, column).value = words
        sheet.delete_cols(4, len(keys))

    reading, changes = back(workbook(written(paper(cast, "follow_up"), "xlsx"), rename), "xlsx", cast)
    assert not reading.is_own
    assert reading.content.own == ""
    assert reading.account(changes.findings.settled).balances(reading.content)


# JSON


def refused(content: object) -> UnreadableFile:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(UnreadableFile) as refusal:
        read_content(io.BytesIO(data), "rapport.json")
    return refusal.value


@pytest.mark.parametrize(
    "content",
    [{"risker": []}, [{"title": "Energibrist"}], {"schema": "riskreg/follow_up/1/sv"}, {"schema": "other/1", "rows": []}, 7,
     {"schema": "riskreg/follow_up/1/sv", "rows": ["Energibrist"]}, {"schema": "riskreg/follow_up/99/sv", "rows": [{}]}],
)  # fmt: skip
def test_other_json_is_refused_with_what_is_expected(content: object) -> None:
    refusal = refused(content)
    assert refusal.code == "json_other"
    assert "riskreg/follow_up/1/sv" in str(refusal)
    assert "”rows”" in str(refusal)


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b'{"rows": [], "rows": [1]}', b'{"rows": NaN}', b"9" * 5000])
def test_broken_json_is_refused(content: bytes) -> None:
    assert refused(content).code == "json_broken"


def test_a_value_in_json_is_told_by_its_path_and_an_unknown_key_aloud(cast: Cast, plan: ControlPlan) -> None:
    document = json.loads(written(paper(cast, "follow_up"), "json"))
    document["rows"][1] |= {"färg": "blå", "result": None}
    document["hälsning"] = "Hej"
    document["content"]["svg"] = "x" * 100_000
    reading, changes = back(json.dumps(document).encode(), "json", cast)
    account = reading.account(changes.findings.settled)
    places = {(str(entry.place), entry.settlement.reason) for entry in account.entries if entry.text}
    assert {("rows[1].färg", "column_unknown"), ("hälsning", "beside_unknown_key"), ("rows[0].control", "control")} <= places
    assert account.balances(reading.content)


def test_the_command_takes_json_and_tries_it(cast: Cast, plan: ControlPlan, tmp_path: Path) -> None:
    file = tmp_path / "rapport.json"
    file.write_bytes(written(paper(cast, "follow_up"), "json"))
    out = io.StringIO()
    told = {"unit": "Kommunstyrelsen", "year": 2025, "closing": "delårsbokslut", "by": cast.eva.email, "dry_run": True}
    call_command("import_plan", str(file), stdout=out, stderr=out, **told)
    assert "0 nya, 0 ändrade, 6 oförändrade" in out.getvalue()


# Only a file with a mark is ours, and it keeps what is confidential


def test_without_the_mark_a_file_is_read_as_any_other(cast: Cast, plan: ControlPlan) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(written(paper(cast, "adoption"), "xlsx")))
    del book.custom_doc_props["Riskreg"]
    target = io.BytesIO()
    book.save(target)
    assert read_content(io.BytesIO(target.getvalue()), "plan.xlsx").own == ""
    reading, _changes = back(target.getvalue(), "xlsx", cast)
    assert not any(row.is_own for row in reading.rows)


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
def test_an_own_file_with_confidential_rows_waits_for_somebody(cast: Cast, plan: ControlPlan, ending: str) -> None:
    data = written(paper(cast, "follow_up"), ending)
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    outsider = User.objects.get(pk=cast.eva.pk)
    target = find_target(cast.board, 2025, closing=cast.interim)
    reading = read(io.BytesIO(data), f"rapport.{ending}", target)
    hidden = rows_hidden_from(outsider, reading.rows, target)
    assert {row.title for row in reading.rows if id(row) in hidden} == {"Skalskydd i vattenverket"}
    changes = compare(reading.rows, target, by=outsider)
    assert changes.errors
    assert not any(risk.row.title.startswith("Skalskydd") for risk in changes.risks)


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
def test_a_confidential_risk_of_an_own_file_stays_confidential_in_another_plan(
    cast: Cast, plan: ControlPlan, ending: str
) -> None:
    reading = read(io.BytesIO(written(paper(cast, "adoption"), ending)), f"plan.{ending}", find_target(cast.school_board, 2025))
    import_rows(reading.rows, find_target(cast.school_board, 2025), by=cast.eva, source="plan.xlsx")
    there = Risk.objects.get(plan=cast.school_plan, title="Skalskydd i vattenverket")
    assert (there.is_confidential, there.confidentiality_section) == (True, "OSL 18:13")
    debts = Control.objects.get(risk__plan=cast.school_plan, description="Avstämning av semesterlöneskuld")
    assert (debts.method_wording, debts.frequency, debts.frequency_wording) == (
        "mot Agresso (konto 2920)", "given_dates", "mars och oktober",
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
def test_the_page_says_that_nothing_is_changed_and_asks_for_no_column(
    cast: Cast, plan: ControlPlan, client: Client, ending: str
) -> None:
    client.force_login(cast.eva)
    assert f".{ending}" in client.get("/admin/controls/planimport/add/").content.decode()
    data = written(paper(cast, "follow_up"), ending)
    stored = upload(client, cast, data, f"rapport.{ending}", closing=cast.interim.pk)
    page = preview(client, stored)
    assert "Filen är skriven av systemet självt" in page
    assert '<td class="num">0</td><td class="num">0</td><td class="num">6</td>' in page
    assert 'name="_columns"' not in page
    act_on(client, stored, "_columns", heading=["Identifierad risk"], field=["action"])
    assert not ColumnMapping.objects.exists()
    act_on(client, stored, "_confirm")
    stored.refresh_from_db()
    assert (stored.state, Risk.objects.count(), FollowUp.objects.count()) == ("confirmed", 6, 6)
    Membership.objects.filter(user=cast.johan).update(sees_confidential=False)
    client.force_login(cast.johan)
    address = f"/admin/controls/planimport/{stored.pk}/change/"
    for fate in ("left_out", "kept", "taken"):
        told = client.get(address, {"fate": fate}).content.decode()
        assert not any(word in told for word in ("Skalskydd", "vattenverket", "OSL 18:13", "Provlarm"))


@pytest.mark.parametrize("ending", ["xlsx", "json", "docx"])
def test_two_controls_of_one_text_come_back_as_two(cast: Cast, ending: str) -> None:
    """Each has its own result; the first has two actions, so it has two rows."""
    risk = make_risk(cast.plan, "Inköp utan avtal", likelihood=2, impact=3)
    spring, autumn = (make_control(risk, "Stickprov av inköp", performer_text=name) for name in ("Enhet A", "Enhet B"))
    first = make_follow_up(spring, cast.interim, state="in_progress", result="Två fel.", conclusion="minor_deviations")
    act(first, "Utbilda.", responsible=cast.karin, due_on=date(2025, 12, 31))
    act(first, "Följ upp.", responsible=cast.karin, due_on=date(2025, 12, 31))
    make_follow_up(autumn, cast.interim, state="in_progress", result="Inga fel.", conclusion="no_deviations")
    reading, changes = back(written(paper(cast, "follow_up"), ending), ending, cast)
    assert [problem.message for problem in [*reading.errors, *changes.errors]] == []
    assert [(one.name, one.old, one.new) for change in changes.risks for one in change.all_fields] == []
    assert changes.changes_nothing
    assert changes.controls_not_in_file == []
