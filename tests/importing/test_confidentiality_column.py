"""A column of confidentiality marks the risk, keeps the section of the law, and is never read as open by a guess."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from controls.importing.comparing import compare
from controls.importing.plan import ImportRefused, import_rows
from controls.importing.reading import Reading, read
from controls.importing.target import Target, find_target
from controls.models import PlanImport
from riskreg.importing.account import Fate
from riskreg.importing.cells import Beside, Content, Place
from riskreg.importing.confidentiality import Mark, holds_marks, mark_of, read_mark
from riskreg.importing.fields import Field
from riskreg.importing.headings import known_field
from riskreg.models import Membership, Risk, User
from tests.cast import Cast, make_risk

from .documents import docx_of, ods_of, ods_row, xlsx_of
from .pdf_layouts import pdf_of, table
from .reading import sheet
from .test_import_pages import act, preview, upload

pytestmark = pytest.mark.one_engine

HEAD = "Risk;Riskvärde;Kontrollmoment;Sekretess\n"


@pytest.fixture
def outsider(cast: Cast) -> User:
    """A controller without the right to confidential risks."""
    Membership.objects.filter(user=cast.eva).update(sees_confidential=False)
    return User.objects.get(pk=cast.eva.pk)


def reading_of(text: str, target: Target, answers: dict[str, str] | None = None) -> Reading:
    return read(io.BytesIO(text.encode()), "plan.csv", target, None, answers)


def go(text: str, target: Target, by: User, answers: dict[str, str] | None = None) -> Reading:
    reading = reading_of(text, target, answers)
    assert reading.errors == []
    import_rows(reading.rows, target, by=by, source="plan.csv", answers=answers)
    return reading


def marked() -> list[tuple[str, bool, str]]:
    return list(Risk.objects.order_by("number").values_list("title", "is_confidential", "confidentiality_section"))


# Words


@pytest.mark.parametrize("heading", ["Sekretess", "Sekretessbelagd", "Konfidentiell", "SEKRETESS (ja/nej)", "Confidential"])
def test_a_heading_of_confidentiality_is_known(heading: str) -> None:
    assert known_field(heading) is Field.CONFIDENTIAL


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("", Mark()),
        ("-", Mark()),
        ("Nej", Mark(False)),
        ("ej sekretess.", Mark(False)),
        ("No", Mark(False)),
        ("ja", Mark(True)),
        ("X", Mark(True)),
        ("Yes", Mark(True)),
        ("Sekretessbelagd", Mark(True)),
        ("OSL 18 kap. 8 §", Mark(True, "OSL 18 kap. 8 §")),
        ("21:7", Mark(True, "21:7")),
        ("Ja, OSL 18:8", Mark(True, "OSL 18:8")),
        ("Ja (18 kap. 13 § OSL)", Mark(True, "18 kap. 13 § OSL")),
        ("x 39 kap. 2 §", Mark(True, "39 kap. 2 §")),
        ("21:07:00", Mark(None, "21:7", is_doubtful=True)),
        ("Delvis", Mark(None, is_doubtful=True)),
        ("?", Mark(None, is_doubtful=True)),
        ("Nej, inte enligt OSL 18:8", Mark(None, "Nej, inte enligt OSL 18:8", is_doubtful=True)),
        ("Jansson", Mark(None, is_doubtful=True)),
    ],
)
def test_a_cell_says_yes_no_nothing_or_has_to_be_asked_about(text: str, mark: Mark) -> None:
    assert read_mark(text) == mark


@pytest.mark.parametrize(
    ("confidential", "section", "mark"),
    [
        ("ja", "OSL 18:8", Mark(True, "OSL 18:8")),
        ("ja", "enligt bilaga", Mark(True, "enligt bilaga")),
        ("OSL 18:8", "OSL 18:8", Mark(True, "OSL 18:8")),
        ("nej", "-", Mark(False)),
        ("nej", "OSL 18:8", Mark(None, "OSL 18:8", is_doubtful=True)),
        ("", "OSL 18:8", Mark(None, "OSL 18:8", is_doubtful=True)),
        (None, "OSL 18:8", Mark(True, "OSL 18:8")),
        (None, "Skollagen 3 kap. 5 §", Mark(None, "Skollagen 3 kap. 5 §", is_doubtful=True)),
        (None, "", Mark()),
    ],
)
def test_mark_and_section_in_columns_of_their_own_are_read_together(confidential: str | None, section: str, mark: Mark) -> None:
    texts = {Field.CONFIDENTIAL: confidential or "", Field.SECTION: section}
    assert mark_of(texts, has_column=confidential is not None) == mark


def test_marks_are_found_whatever_the_columns_are_taken_for() -> None:
    def holds(*rows: list[str]) -> bool:
        return holds_marks(Content([sheet(*rows)]))

    assert holds(["Risk", "Sekretess"], ["Brand", "nej"], ["Hot", "x"])
    assert holds(["Risk", "Lagrum"], ["Hot", "kanske"])
    assert holds(["Risk", "Hot"], ["Sekretess", "Ja"])
    assert not holds(["Risk", "Sekretess", "Fritext"], ["Brand", "nej", "ja"], ["Stöld", "", "ja"])
    assert not holds(["Risk", "Sekretess"], ["Brand", "nej"], ["Risk", "Åtgärd"], ["Brand", "Lås"])


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["Hot", "6", "delvis"]], True),
        ([["Hot", "6", "nej"]], False),
        ([["1", "Hot", "6", "ja"]], True),
        ([["1", "Hot", "6", "nej"]], False),
        ([["Hot", "OSL 18:8"]], True),
        ([["Namn", "Åtgärd"], ["Hot", "ja"]], False),
    ],
)
def test_marks_are_found_in_a_table_without_headings_after_one_that_has_the_column(rows: list[list[str]], found: bool) -> None:
    first = sheet(["Risk", "Riskvärde", "Sekretess"], ["Brand", "8", "nej"])
    assert holds_marks(Content([first, sheet(*rows)])) is found


@pytest.mark.parametrize(("mark", "found"), [("ja", True), ("delvis", True), ("nej", False)])
@pytest.mark.parametrize("kind", ["filtered_row", "hidden_row", "hidden_column"])
def test_marks_are_found_in_hidden_rows_and_columns(kind: Any, mark: str, found: bool) -> None:
    place = Place("sheet", 1, "Plan")
    headings = ["Risk", "Riskvärde", "Sekretess"] if kind != "hidden_column" else ["Risk", "Riskvärde"]
    beside = [Beside(kind, "Hot", place, 2, 0), Beside(kind, mark, place, 2, 2)]
    if kind == "hidden_column":
        beside = [Beside(kind, "Sekretess", place, 1, 2), Beside(kind, mark, place, 2, 2)]
    assert holds_marks(Content([sheet(headings, ["Brand", "8"])], beside)) is found


# Into the register


def test_a_marked_risk_is_confidential_by_the_section_that_the_file_names(cast: Cast, target: Target) -> None:
    reading = go(f"{HEAD}Hot;6;Larm;OSL 18 kap. 8 §\nBrand;8;Larm;nej\nStöld;8;Lås;\n", target, cast.eva)
    assert marked() == [("Hot", True, "OSL 18 kap. 8 §"), ("Brand", False, ""), ("Stöld", False, "")]
    changes = compare(reading.rows, target, by=cast.eva)
    assert changes.changes_nothing
    left_out = reading.account(changes.findings.settled).of(Fate.LEFT_OUT)
    assert left_out == []


def test_a_mark_without_a_section_asks_for_it_once_for_the_file(cast: Cast, target: Target) -> None:
    file = f"{HEAD}Hot;6;Larm;ja\nBrand;8;Larm;x\n"
    changes = compare(reading_of(file, target).rows, target, by=cast.eva)
    (question,) = changes.findings.asked.questions
    assert (question.key, question.guess) == ("law", "")
    assert changes.errors
    go(file, target, cast.eva, {"law": "osl-18-13"})
    assert marked() == [("Hot", True, "OSL 18:13"), ("Brand", True, "OSL 18:13")]
    # The register knows it now.
    assert compare(reading_of(file, target).rows, target, by=cast.eva).changes_nothing


@pytest.mark.parametrize(("answer", "found"), [("confidential", True), ("open", False)])
def test_an_unreadable_mark_is_asked_and_confidential_meanwhile(cast: Cast, target: Target, answer: str, found: bool) -> None:
    file = f"{HEAD}Hot;6;Larm;delvis\n"
    reading = reading_of(file, target)
    (question,) = reading.asked.questions
    assert (reading.rows[0].confidential, question.guess) == (True, "confidential")
    assert reading.errors
    go(file, target, cast.eva, {question.key: answer, "law": "later"})
    assert [confidential for _title, confidential, _section in marked()] == [found]


def test_a_further_row_of_the_risk_may_mark_it(cast: Cast, target: Target) -> None:
    reading = go(f"{HEAD}Hot;6;Larm;\n;;Lås;OSL 18:8\n", target, cast.eva)
    assert marked() == [("Hot", True, "OSL 18:8")]
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.of(Fate.LEFT_OUT) == []


def test_rows_of_one_risk_that_contradict_each_other_are_an_error(cast: Cast, target: Target) -> None:
    rows = reading_of(f"{HEAD}Hot;6;Larm;nej\n;;Lås;OSL 18:8\n", target).rows
    with pytest.raises(ImportRefused, match="rad 3"):
        import_rows(rows, target, by=cast.eva, source="plan.csv")
    assert not Risk.objects.exists()


@pytest.mark.parametrize(("answer", "found"), [("stays", True), ("open", False)])
def test_a_confidential_risk_is_opened_only_by_a_persons_answer(cast: Cast, answer: str, found: bool) -> None:
    make_risk(cast.plan, "Hot", number=7, risk_score=6, is_confidential=True, confidentiality_section="OSL 18:8")
    target = find_target(cast.board, 2025)
    rows = reading_of(f"{HEAD}Hot;6;;nej\n", target).rows
    changes = compare(rows, target, by=cast.eva)
    (question,) = changes.findings.asked.questions
    assert question.guess == "stays"
    import_rows(rows, target, by=cast.eva, source="plan.csv", answers={question.key: answer})
    assert [confidential for _title, confidential, _section in marked()] == [found]
    # Opened or not, nobody has said that what was written until now may be shown; the answer says that it is not.
    assert Risk.objects.get().opened_before is None
    assert "tidigare" in str(question.choices[1].label)


def test_a_blank_cell_opens_nothing(cast: Cast) -> None:
    make_risk(cast.plan, "Hot", number=7, risk_score=6, is_confidential=True, confidentiality_section="OSL 18:8")
    target = find_target(cast.board, 2025)
    assert compare(reading_of(f"{HEAD}Hot;6;;\n", target).rows, target, by=cast.eva).changes_nothing


# Who sees it


@pytest.mark.parametrize("mark", ["OSL 18:8", "ja", "kanske"])
def test_a_file_that_marks_risks_waits_for_somebody_who_may_see_them(
    cast: Cast, target: Target, outsider: User, client: Client, mark: str
) -> None:
    client.force_login(outsider)
    own = upload(client, cast, f"{HEAD}Hot mot tjänsteperson;6;Enrum;{mark}\nBrand;8;Larm;nej\n")
    page = preview(client, own)
    assert "Importen väntar" in page
    for words in ("Hot mot", "Enrum", "Brand"):
        assert words not in page
    act(client, own, "_columns", heading=["Sekretess"], field=[""])
    act(client, own, "_answers", **{"answer-law": "later"})
    act(client, own, "_confirm")
    own.refresh_from_db()
    assert (own.mapping, own.answers, Risk.objects.count()) == ({}, {}, 0)


def test_leaving_the_column_out_by_another_file_opens_nothing(cast: Cast, target: Target, outsider: User, client: Client) -> None:
    client.force_login(outsider)
    harmless = upload(client, cast, f"{HEAD}Brand;8;Larm;nej\n")
    act(client, harmless, "_columns", heading=["Sekretess"], field=[""])
    assert "Importen väntar" in preview(client, upload(client, cast, f"{HEAD}Hot;6;Enrum;ja\n"))


def test_a_column_that_was_said_to_mark_confidentiality_by_hand_counts(
    cast: Cast, target: Target, outsider: User, client: Client
) -> None:
    client.force_login(outsider)
    own = upload(client, cast, f"{HEAD.replace('Sekretess', 'Får visas')}Hot;6;Enrum;x\n")
    act(client, own, "_columns", heading=["Får visas"], field=["confidential"])
    assert "Importen väntar" in preview(client, own)


def test_who_may_see_such_risks_sees_and_confirms_them(cast: Cast, target: Target, client: Client, outsider: User) -> None:
    client.force_login(outsider)
    waiting = upload(client, cast, f"{HEAD}Hot mot tjänsteperson;6;Enrum;OSL 18:8\nBrand;8;Larm;nej\n")
    client.force_login(cast.johan)
    page = preview(client, waiting)
    assert "Hot mot tjänsteperson" in page
    assert page.count("■") == 1
    act(client, waiting, "_confirm")
    assert [confidential for _title, confidential, _section in marked()] == [True, False]
    client.force_login(outsider)
    page = client.get(f"/admin/controls/planimport/{waiting.pk}/change/", {"fate": "taken"}).content.decode()
    assert PlanImport.objects.get(pk=waiting.pk).state == "confirmed"
    assert "Brand" in page
    assert "Hot mot" not in page


def test_the_importing_itself_refuses_marked_rows_of_who_may_not_see_them(cast: Cast, target: Target, outsider: User) -> None:
    rows = reading_of(f"{HEAD}Hot;6;Larm;\n;;Lås;OSL 18:8\nBrand;8;Larm;nej\n", target).rows
    changes = compare(rows, target, by=outsider)
    assert len(changes.hidden_rows) == 2
    with pytest.raises(ImportRefused):
        import_rows(rows, target, by=outsider, source="plan.csv")
    assert not Risk.objects.exists()


# In every format

ROWS = [
    ["Risk", "Riskvärde", "Kontrollmoment", "Sekretess"],
    ["Hot", "6", "Larm", "OSL 18 kap. 8 §"],
    ["Brand", "8", "Lås", "nej"],
]


@pytest.mark.parametrize("kind", ["docx", "xlsx", "ods", "csv", "pdf"])
def test_the_column_is_read_in_every_format(cast: Cast, target: Target, kind: str, tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "docx": lambda: docx_of(ROWS),
        "xlsx": lambda: xlsx_of(ROWS),
        "ods": lambda: ods_of("".join(ods_row(*row) for row in ROWS)),
        "csv": lambda: "\n".join(";".join(row) for row in ROWS).encode(),
        "pdf": lambda: pdf_of(table(ROWS, "all")),
    }
    reading = read(io.BytesIO(files[kind]()), f"plan.{kind}", target)
    assert [(row.title, row.confidential, row.section) for row in reading.rows] == [
        ("Hot", True, "OSL 18 kap. 8 §"),
        ("Brand", False, ""),
    ]
    account = reading.account(compare(reading.rows, target, by=cast.eva).findings.settled)
    assert account.of(Fate.LEFT_OUT) == []
    assert account.balances(reading.content)
