"""Hidden sheets are listed as hidden and not read, unless a person chooses one; then it is the plan, and accounted for."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from controls.importing.comparing import compare
from controls.importing.reading import Reading, read
from controls.importing.target import Target, UnknownTarget
from riskreg.importing.packed_content import packed, unpacked
from riskreg.importing.tables import UnreadableFile, read_content, read_tables
from riskreg.models import Membership, Risk
from tests.cast import Cast, make_risk

from .documents import blank_workbook, ods_of, ods_row, xlsx_bytes, zip_of
from .test_import_pages import act, preview, upload

pytestmark = pytest.mark.one_engine
HEAD = ["Identifierad risk", "Riskvärde", "Kontrollmoment"]


def workbook(*sheets: tuple[str, str, list[list[Any]]]) -> bytes:
    """A workbook of (name, state, rows) sheets."""
    made, first = blank_workbook()
    for number, (name, state, rows) in enumerate(sheets):
        sheet = first if number == 0 else made.create_sheet(name)
        sheet.title, sheet.sheet_state = name, state
        for row in rows:
            sheet.append(row)
    return xlsx_bytes(made)


Sheet = tuple[str, str, list[list[Any]]]
NEW: Sheet = ("Plan 2025", "visible", [HEAD, ["Brand", 8, "Larm"]])
OLD: Sheet = ("Plan 2024", "hidden", [HEAD, ["Stöld", 6, "Lås"], ["Fusk", 4, "Attest"]])
LISTS: Sheet = ("Listor", "veryHidden", [["Enheter"], ["Kultur"]])
FILE = workbook(NEW, OLD, LISTS)


def reading_of(data: bytes, target: Target, answers: dict[str, str] | None = None, named: str = "") -> Reading:
    return read(io.BytesIO(data), "plan.xlsx", target, None, answers, named)


def titles(reading: Reading) -> list[str]:
    return [row.title for row in reading.rows]


def test_they_are_listed_as_hidden_and_not_read(target: Target, cast: Cast) -> None:
    reading = reading_of(FILE, target)
    (offer,) = reading.asked.questions
    assert [choice.label for choice in offer.choices] == [
        "Nej: inget av dem läses",
        "Plan 2024 (dolt, 9 celler)",
        "Listor (dolt, 2 celler)",
    ]
    assert (offer.is_open, offer.answer, titles(reading), reading.errors) == (False, "none", ["Brand"], [])
    left = {entry.text: entry.settlement.reason for entry in _account(reading, target, cast).entries}
    assert (left["Stöld"], left["Kultur"]) == ("beside_hidden_sheet", "beside_hidden_sheet")


def _account(reading: Reading, target: Target, cast: Cast) -> Any:
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.balances(reading.content)
    return account


def test_the_chosen_one_is_the_plan_and_its_cells_are_taken(target: Target, cast: Cast) -> None:
    key = reading_of(FILE, target).asked.questions[0].key
    reading = reading_of(FILE, target, {key: "sheet-2"})
    assert (titles(reading), reading.errors) == (["Stöld", "Fusk"], [])
    fates = {
        (str(entry.place), entry.row, entry.text): entry.settlement.reason for entry in _account(reading, target, cast).entries
    }
    assert fates["Blad Plan 2024", 2, "Stöld"] == "risk"
    assert fates["Blad Plan 2025", 2, "Brand"] == "another_plan"
    assert fates["Blad Listor", 2, "Kultur"] == "beside_hidden_sheet"


def test_one_without_headings_of_a_plan_is_told_so(target: Target) -> None:
    key = reading_of(FILE, target).asked.questions[0].key
    reading = reading_of(FILE, target, {key: "sheet-3"})
    assert reading.rows == []
    assert reading.errors


def test_without_a_plan_in_what_is_shown_it_is_asked(target: Target) -> None:
    data = workbook(("Läs mig", "visible", []), OLD)
    reading = reading_of(data, target)
    (question,) = reading.asked.questions
    assert question.is_open
    assert reading.errors
    assert titles(reading_of(data, target, {question.key: "sheet-2"})) == ["Stöld", "Fusk"]


def test_the_command_line_names_one(target: Target) -> None:
    assert titles(reading_of(FILE, target, named="plan 2024")) == ["Stöld", "Fusk"]
    assert titles(reading_of(FILE, target, named="Plan 2025")) == ["Brand"]
    with pytest.raises(UnknownTarget, match=r"Plan 2024 \(dolt\)"):
        reading_of(FILE, target, named="Plan 2023")


def test_the_command_prints_that_there_are_hidden_sheets(cast: Cast, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(FILE)
    call_command("import_plan", str(path), "--unit", cast.board.name, "--year", "2025", "--dry-run")
    assert "Plan 2024 (dolt, 9 celler)" in capsys.readouterr().err


def test_a_chosen_sheet_of_an_open_document_is_read_without_its_hidden_rows() -> None:
    rows = ods_row("Risk", "Riskvärde") + ods_row("Brand", "8")
    row = ods_row("Stöld", "6").replace("<table:table-row", '<table:table-row table:visibility="collapse"')
    style = (
        '<office:automatic-styles><style:style style:name="h" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    hidden = f'<table:table table:name="Dold" table:style-name="h">{rows}{row}</table:table></office:spreadsheet>'
    content = read_content(io.BytesIO(changed_ods(ods_of(rows), style, hidden)), "plan.ods")
    (sheet,) = content.hidden
    chosen = content.with_hidden_sheet(sheet)
    assert [table.place.name for table in chosen.tables] == ["Plan", "Dold"]
    assert [row[0].text for row in chosen.tables[1].rows] == ["Risk", "Brand"]
    assert [(piece.kind, piece.text) for piece in chosen.beside] == [("hidden_row", "Stöld"), ("hidden_row", "6")]


def changed_ods(data: bytes, style: str, hidden: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    body = parts["content.xml"].decode()
    body = body.replace("<office:body>", f"{style}<office:body>").replace("</office:spreadsheet>", hidden)
    return zip_of(parts | {"content.xml": body.encode()})


def test_they_are_kept_with_what_was_read() -> None:
    content = read_content(io.BytesIO(FILE), "plan.xlsx")
    assert [sheet.table for sheet in unpacked(packed(content)).hidden] == [sheet.table for sheet in content.hidden]


def test_where_tables_alone_are_asked_for_a_hidden_one_is_none() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_tables(io.BytesIO(workbook(("Tom", "visible", []), OLD)), "plan.xlsx")
    assert caught.value.code == "no_table"


def test_on_the_page_it_is_chosen_like_an_answer(cast: Cast, client: Client) -> None:
    client.force_login(cast.eva)
    plan_import = upload(client, cast, FILE, "plan.xlsx")
    page = preview(client, plan_import)
    assert "Blad i filen är dolda och läses inte: Plan 2024, Listor." in page
    act(client, plan_import, "_answers", **{_key(page): "sheet-2"})
    assert "Stöld" in preview(client, plan_import)
    act(client, plan_import, "_confirm")
    assert set(Risk.objects.values_list("title", flat=True)) == {"Stöld", "Fusk"}


def _key(page: str) -> str:
    return "answer-hidden-" + page.partition('name="answer-hidden-')[2].partition('"')[0]


def test_a_hidden_sheet_about_a_confidential_risk_waits_for_somebody(cast: Cast, client: Client) -> None:
    make_risk(cast.plan, "Stöld", is_confidential=True, confidentiality_section="21 kap. 1 § OSL")
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    client.force_login(cast.eva)
    page = preview(client, upload(client, cast, FILE, "plan.xlsx"))
    assert "Stöld" not in page
    assert "Importen väntar" in page
