"""The work file: typed and defused when it is written, all or nothing when it is read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from controls.models import Sample, SampleItem
from controls.sampling.samples import outcomes, work_file
from controls.sampling.samples.outcomes import Found
from controls.sampling.samples.work_file_back import NotTaken, ReadBack, read_back
from controls.sampling.statistics.design import Asked, Kind
from riskreg.access.verbs import NotPermitted
from riskreg.importing.unreadable import UnreadableFile
from tests.cast import Cast
from tests.follow_ups.follow_ups import in_state
from tests.sampling.samples import drawn_sample

pytestmark = pytest.mark.one_engine

Edit = Callable[[Any], None]


@pytest.fixture
def sample(cast: Cast, today: Any) -> Sample:
    return drawn_sample(in_state(cast, "in_progress"), size=4)


def written(sample: Sample, language: str = "sv") -> bytes:
    items = list(SampleItem.objects.filter(sample=sample).in_sample().order_by("position"))
    with translation.override(language):
        return work_file.write_workbook(sample, items)


def test_the_same_items_are_the_same_workbook_whenever_it_is_taken(sample: Sample, time_machine: Any) -> None:
    taken = []
    for day in (1, 2):
        time_machine.move_to(datetime(2025, 9, day, 8, 0, tzinfo=UTC), tick=False)
        taken.append(written(sample))
    assert taken[0] == taken[1]


def sheet_of(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


def edited(data: bytes, edit: Edit) -> io.BytesIO:
    book = openpyxl.load_workbook(io.BytesIO(data))
    edit(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def column(sheet: Any, name: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == name)


def put(name: str, row: int, value: Any) -> Edit:
    def edit(sheet: Any) -> None:
        sheet.cell(row, column(sheet, name)).value = value

    return edit


def both(*edits: Edit) -> Edit:
    def edit(sheet: Any) -> None:
        for one in edits:
            one(sheet)

    return edit


def back(sample: Sample, cast: Cast, edit: Edit) -> ReadBack:
    return read_back(sample, by=cast.karin, file=edited(written(sample), edit), filename="arbetsfil.xlsx")


def outcomes_of(sample: Sample) -> list[str]:
    return [item.outcome for item in SampleItem.objects.filter(sample=sample).in_sample().order_by("position")]


def test_the_file_holds_keys_columns_and_an_outcome_from_a_list(sample: Sample) -> None:
    sheet = sheet_of(written(sample))
    headings = [cell.value for cell in sheet[1]]
    columns = ["Anställningsnr", "Enhet", "Attest", "Belopp"]
    assert headings == ["Nr", "Nyckel", *columns, "Utfall", "Anteckning", "Rätt belopp", "Version"]
    assert sheet.max_row == 5
    assert (sheet["A2"].value, sheet["B2"].value, sheet["F2"].value) == (1, "20001|2025-05", 1000)
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert str(lists[0].sqref) == "G2:G5"
    assert lists[0].formula1 == '"Rätt,Avvikelse,Kunde inte granskas"'
    assert sheet.protection.sheet
    assert not sheet["G2"].protection.locked
    assert sheet["B2"].protection.locked


@pytest.mark.parametrize("hostile", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_nothing_in_it_runs_as_a_formula(sample: Sample, cast: Cast, hostile: str) -> None:
    outcomes.log(SampleItem.objects.get(sample=sample, position=1), by=cast.karin, found=Found("ok", hostile))
    cell = sheet_of(written(sample)).cell(2, 8)
    assert (cell.value, cell.data_type) == (hostile, "s")
    assert cell.quotePrefix


def test_outcomes_are_read_back(sample: Sample, cast: Cast) -> None:
    done = back(sample, cast, both(put("Utfall", 2, "Rätt"), put("Utfall", 3, "avvikelse"), put("Anteckning", 3, "Fel dag")))
    assert (done.saved, done.left) == (2, 2)
    assert outcomes_of(sample) == ["ok", "deviation", "pending", "pending"]
    item = SampleItem.objects.get(sample=sample, position=2)
    assert (item.note, item.examined_by, item.version) == ("Fel dag", cast.karin, 2)


def test_the_same_file_twice_changes_nothing(sample: Sample, cast: Cast) -> None:
    file = edited(written(sample), put("Utfall", 2, "Rätt")).getvalue()
    read_back(sample, by=cast.karin, file=io.BytesIO(file), filename="a.xlsx")
    again = read_back(sample, by=cast.eva, file=io.BytesIO(file), filename="a.xlsx")
    assert (again.saved, again.unchanged) == (0, 1)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_file_in_either_language_is_read_in_either(sample: Sample, cast: Cast, language: str) -> None:
    name, word = {"sv": ("Utfall", "Avvikelse"), "en": ("Outcome", "Deviation")}[language]
    file = edited(written(sample, language), put(name, 2, word))
    with translation.override("en" if language == "sv" else "sv"):
        read_back(sample, by=cast.karin, file=file, filename="a.xlsx")
    assert outcomes_of(sample)[0] == "deviation"


RIGHT = put("Utfall", 2, "Rätt")


@pytest.mark.parametrize(
    ("edit", "row", "at", "value"),
    [
        (put("Utfall", 3, "Fel"), 3, "Utfall", "Fel"),
        (put("Utfall", 3, "=A2"), 3, "Utfall", ""),
        (put("Anteckning", 3, '="x"&"y"'), 3, "Anteckning", ""),
        (put("Nyckel", 3, "99999|2025-01"), 3, "Nyckel", "99999|2025-01"),
        (put("Nr", 3, 1), 3, "Nyckel", "20002|2025-05"),
        (put("Nr", 3, 77), 3, "Nr", "77"),
        (put("Nr", 3, 5), 3, "Nr", "5"),
        (put("Nr", 3, "två"), 3, "Nr", "två"),
        (put("Anteckning", 3, "ensam"), 3, "Utfall", ""),
        (both(put("Utfall", 3, "Avvikelse"), put("Rätt belopp", 3, "tolv")), 3, "Rätt belopp", "tolv"),
        (both(put("Utfall", 3, "Avvikelse"), put("Rätt belopp", 3, "NaN")), 3, "Rätt belopp", "NaN"),
    ],
    ids=str.split("word formula formula-in-note key other-number no-item reserve no-number note text nan"),
)
def test_one_wrong_row_stops_everything_and_is_named(
    sample: Sample, cast: Cast, edit: Edit, row: int, at: str, value: str
) -> None:
    with pytest.raises(NotTaken) as refusal:
        back(sample, cast, both(RIGHT, edit))
    assert (row, at, value) in [(wrong.row, wrong.column, wrong.value) for wrong in refusal.value.wrongs]
    assert outcomes_of(sample) == ["pending"] * 4


def test_an_item_twice_in_the_file_is_named(sample: Sample, cast: Cast) -> None:
    def twice(sheet: Any) -> None:
        for cell in sheet[2]:
            sheet.cell(6, cell.column).value = cell.value

    with pytest.raises(NotTaken) as refusal:
        back(sample, cast, both(RIGHT, twice))
    assert [(wrong.row, wrong.column) for wrong in refusal.value.wrongs] == [(6, "Nr")]


def test_an_item_somebody_saved_meanwhile_is_named_with_who(sample: Sample, cast: Cast) -> None:
    file = edited(written(sample), both(RIGHT, put("Utfall", 3, "Avvikelse")))
    outcomes.log(SampleItem.objects.get(sample=sample, position=2), by=cast.eva, found=Found("ok"))
    with pytest.raises(NotTaken) as refusal:
        read_back(sample, by=cast.karin, file=file, filename="a.xlsx")
    assert [wrong.row for wrong in refusal.value.wrongs] == [3]
    assert "Eva Åström" in refusal.value.wrongs[0].message
    assert outcomes_of(sample) == ["pending", "ok", "pending", "pending"]


def test_by_amount_a_deviation_without_its_amount_is_named(cast: Cast, today: Any) -> None:
    sample = drawn_sample(in_state(cast, "in_progress"), asked=Asked(kind=Kind.MONETARY), size=4)
    with pytest.raises(NotTaken) as refusal:
        back(sample, cast, put("Utfall", 2, "Avvikelse"))
    assert [(wrong.row, wrong.column) for wrong in refusal.value.wrongs] == [(2, "Rätt belopp")]
    back(sample, cast, both(put("Utfall", 2, "Avvikelse"), put("Rätt belopp", 2, 812.5)))
    assert SampleItem.objects.get(sample=sample, position=1).correct_amount == 812.5


@pytest.mark.parametrize(("text", "row"), [("Nr;Nyckel\n1;20001|2025-05\n", 1), ("Nr;Nyckel;Utfall\n1;20001|2025-05;=2+2\n", 2)])
def test_a_text_file_without_its_columns_or_with_a_formula_is_refused(sample: Sample, cast: Cast, text: str, row: int) -> None:
    with pytest.raises(NotTaken) as refusal:
        read_back(sample, by=cast.karin, file=io.BytesIO(text.encode()), filename="a.csv")
    assert [wrong.row for wrong in refusal.value.wrongs] == [row]


def test_a_file_that_is_none_is_refused(sample: Sample, cast: Cast) -> None:
    with pytest.raises(UnreadableFile):
        read_back(sample, by=cast.karin, file=io.BytesIO(b"PK\x03\x04 no workbook"), filename="a.xlsx")


@pytest.mark.parametrize("who", ["ake", "siv", "bo"])
def test_who_may_not_log_may_not_read_back(sample: Sample, cast: Cast, who: str) -> None:
    with pytest.raises(NotPermitted):
        read_back(sample, by=getattr(cast, who), file=edited(written(sample), RIGHT), filename="a.xlsx")


def test_the_page_takes_a_good_file_and_lists_what_is_wrong_with_a_bad_one(sample: Sample, cast: Cast, client: Client) -> None:
    client.force_login(cast.karin)
    address = reverse("sample_workfile_import", args=[sample.pk])
    downloaded = client.get(reverse("sample_workfile", args=[sample.pk]))
    assert downloaded.headers["Content-Disposition"].startswith("attachment")
    bad = edited(downloaded.content, put("Utfall", 3, "Fel")).getvalue()
    answer = client.post(address, {"file": SimpleUploadedFile("a.xlsx", bad)})
    assert '<td data-label="Värde">Fel</td>' in answer.content.decode()
    good = edited(downloaded.content, put("Utfall", 3, "Avvikelse")).getvalue()
    answer = client.post(address, {"file": SimpleUploadedFile("a.xlsx", good)})
    assert answer.headers["Location"] == reverse("sample_items", args=[sample.pk])
    assert outcomes_of(sample)[1] == "deviation"
