"""What a file leaves open is asked, with what each answer gives; the rows are then as they were answered."""

from __future__ import annotations

import io
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from controls.data_files.answered import source_of, write_answered
from controls.data_files.questions import Question, answer_words, find_questions, rows_that_say_total
from controls.data_files.table import Choice, first_rows
from tests.data_files.files import Stored, csv_bytes
from tests.examples import some

HEADINGS = ("Nr", "Belopp", "Namn")


class Asked(Stored):
    """A file that was read in, and the answers about it."""

    answers: dict[str, Any]

    def __init__(self, folder: Path, content: bytes, name: str = "a.csv", *, amount: str = "Belopp") -> None:
        super().__init__(folder, content, name)
        self.answers, self.choice = {}, Choice(("Nr",), amount)

    def questions(self, **more: Any) -> dict[str, Question]:
        worded = rows_that_say_total(self.engine, self.path, self.columns)
        found = find_questions(self.engine, self.path, self.columns, self.choice, self.answers, worded=worded, **more)
        return {question.code: question for question in found}

    def say(self, code: str, choice: str) -> None:
        self.answers[code] = self.questions()[code].answer(choice)

    def answered(self) -> list[tuple[Any, ...]]:
        return self.engine.rows(f"select c0, c1 from {source_of(self.path, self.columns, self.answers)} order by row")

    def total(self) -> Decimal | None:
        from controls.data_files.table import check

        return check(self.engine, self.path, self.columns, self.choice, self.answers).total


def of_amounts(tmp_path: Path, *amounts: str) -> Asked:
    return Asked(tmp_path, csv_bytes([(f"F{i}", amount, "x") for i, amount in enumerate(amounts)], HEADINGS))


# Decimals or thousands


@pytest.mark.parametrize(
    ("amounts", "decimals", "thousands"),
    [
        (("1.234", "12.345", "900"), "913.579", "14479"),
        (("1,234", "-12,345", "5"), "-6.111", "-11106"),
        (("999.000",), "999", "999000"),
        (("1.234", "2,345"), "3.579", "3579"),
    ],
)
def test_three_digits_after_every_sign_are_asked_and_the_total_is_shown_both_ways(
    tmp_path: Path, amounts: tuple[str, ...], decimals: str, thousands: str
) -> None:
    found = of_amounts(tmp_path, *amounts)
    question = found.questions()["thousands"]
    totals = {choice: Decimal(total or "") for choice, (_rows, total) in question.options.items()}
    assert totals == {"decimals": Decimal(decimals), "thousands": Decimal(thousands)}
    assert question.choice == ""
    for choice, total in totals.items():
        found.say("thousands", choice)
        assert found.total() == total
        assert found.questions()["thousands"].choice == choice


@pytest.mark.parametrize(
    "amounts",
    [
        ("1.23", "12.345"),
        ("0.500", "1.234"),
        ("1234.567", "1.234"),
        ("1 234.567", "1.234"),
        ("1234", "900"),
        ("1.234,50", "2,00"),
        ("01.234",),
    ],
)
def test_what_can_only_be_read_one_way_is_not_asked(tmp_path: Path, amounts: tuple[str, ...]) -> None:
    assert "thousands" not in of_amounts(tmp_path, *amounts).questions()


def test_amounts_with_several_groups_are_read_once_it_is_answered_that_they_are_thousands(tmp_path: Path) -> None:
    found = of_amounts(tmp_path, "1.234", "1.234.567", "1.234,50", "12")
    assert [problem.value for problem in found.check("Nr", amount="Belopp").problems.found] == ["1.234.567", "1.234,50"]
    assert "thousands" in found.questions()
    found.say("thousands", "thousands")
    assert [amount for _key, amount in found.answered()] == ["1234", "1234567", "1234,50", "12"]


def test_an_answer_about_one_column_is_none_about_another(tmp_path: Path) -> None:
    rows = [("F1", "1.234", "5.678"), ("F2", "2.345", "6.789")]
    found = Asked(tmp_path, csv_bytes(rows, ("Nr", "Belopp", "Moms")))
    found.say("thousands", "thousands")
    found.choice = Choice(("Nr",), "Moms")
    assert found.questions()["thousands"].choice == ""


@settings(max_examples=some(15), deadline=None)
@given(st.lists(st.integers(1_000, 999_999), min_size=1, max_size=12), st.sampled_from([".", ","]))
def test_whole_kronor_with_their_thousands_apart_come_out_whole(amounts: list[int], sign: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = of_amounts(Path(folder), *(f"{amount:,}".replace(",", sign) for amount in amounts))
        question = found.questions()["thousands"]
        assert Decimal(question.options["thousands"][1] or "") == sum(amounts)
        assert Decimal(question.options["decimals"][1] or "") == Decimal(sum(amounts)) / 1000
        found.say("thousands", "thousands")
        assert [int(amount) for _key, amount in found.answered()] == amounts


# Totals among the items


@pytest.mark.parametrize(
    "last",
    [
        ("Summa", "300,00", ""),
        ("", "300,00", "Totalt:"),
        ("Summa totalt 2025", "999", ""),
        ("SUM", "1", ""),
        ("F9", "300", "Bo"),
        ("", "300,00", ""),
    ],
)
def test_a_last_row_that_says_total_or_is_the_sum_is_asked(tmp_path: Path, last: tuple[str, str, str]) -> None:
    rows = [("F1", "100,00", "a"), ("F2", "200,00", "b"), last]
    found = Asked(tmp_path, csv_bytes(rows, HEADINGS))
    question = found.questions()["total_row"]
    assert question.rows == (4,)
    assert last[1] in question.text
    assert "4" in question.message
    assert question.options["total"] == (2, "300.0000")
    found.say("total_row", "item")
    assert len(found.answered()) == 3
    found.say("total_row", "total")
    assert found.answered() == [("F1", "100,00"), ("F2", "200,00")]
    assert found.total() == 300
    assert "4" in answer_words("total_row", found.answers["total_row"])


@pytest.mark.parametrize(
    "rows",
    [
        [("F1", "100", "a"), ("F2", "100", "b")],
        [("F1", "100", "a"), ("F2", "-100", "b"), ("F3", "0", "c")],
        [("F1", "100", "Totalentreprenad AB"), ("F2", "200", "Summarum AB"), ("F3", "250", "Totalförsvaret")],
        [("F1", "5", "Total")],
    ],
)
def test_other_last_rows_are_items(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    assert "total_row" not in Asked(tmp_path, csv_bytes(rows, HEADINGS)).questions()


def test_subtotals_within_the_file_are_asked_apart_from_its_total(tmp_path: Path) -> None:
    rows = [(f"F{i}", "10", "a") for i in range(9)]
    rows[4:4] = [("Delsumma", "40", "")]
    rows.append(("Summa", "90", ""))
    found = Asked(tmp_path, csv_bytes(rows, HEADINGS))
    asked = found.questions()
    assert (asked["subtotal_rows"].rows, asked["total_row"].rows) == ((6,), (12,))
    found.say("subtotal_rows", "total")
    found.say("total_row", "total")
    assert found.total() == 90


def test_a_total_that_was_answered_stays_so_when_another_answer_changes_the_sum(tmp_path: Path) -> None:
    found = Asked(tmp_path, workbook([("F1", 100, "a"), ("F2", 200, "b"), ("F9", 300, "c")], hidden=[3]), "a.xlsx")
    found.say("total_row", "total")
    found.say("hidden_rows", "left_out")
    assert found.questions()["total_row"].choice == "total"
    assert found.answered() == [("F1", "100")]


# Hidden and struck rows


def workbook(rows: list[tuple[Any, ...]], *, hidden: list[int] = [], struck: list[int] = []) -> bytes:  # noqa: B006
    book: Any = openpyxl.Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(list(row))
    for number in hidden:
        book.active.row_dimensions[number].hidden = True
    for number in struck:
        book.active.cell(number, 2).font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_hidden_and_struck_rows_are_told_with_how_many_and_what_they_add_up_to(tmp_path: Path) -> None:
    rows = [(f"F{i}", 10 * i, "a") for i in range(1, 7)]
    found = Asked(tmp_path, workbook(rows, hidden=[3, 4], struck=[4, 6]), "a.xlsx")
    asked = found.questions()
    hidden, struck = asked["hidden_rows"], asked["struck_rows"]
    assert (hidden.count, hidden.rows, Decimal(hidden.total or "")) == (2, (3, 4), 50)
    assert (struck.count, struck.rows, Decimal(struck.total or "")) == (2, (4, 6), 80)
    assert "50" in hidden.message
    assert Decimal(hidden.options["left_out"][1] or "") == 160
    found.say("hidden_rows", "left_out")
    found.say("struck_rows", "left_out")
    assert [key for key, _amount in found.answered()] == ["F1", "F4", "F6"]


def test_the_amount_of_one_item_is_not_kept_with_the_answer(tmp_path: Path) -> None:
    """An answer is not weeded; a single hidden row's amount may be somebody's salary."""
    found = Asked(tmp_path, workbook([("F1", 100, "a"), ("F2", 230, "b"), ("F3", 7, "b")], hidden=[3]), "a.xlsx")
    found.say("hidden_rows", "item")
    assert found.answers["hidden_rows"] == {"choice": "item", "rows": [3], "count": 1}
    assert found.questions()["hidden_rows"].choice == "item"


def test_answers_that_leave_nothing_are_a_problem(tmp_path: Path) -> None:
    from controls.data_files.table import check

    found = Asked(tmp_path, workbook([("F1", 100, "a"), ("F2", 230, "b")], hidden=[2, 3]), "a.xlsx")
    found.say("hidden_rows", "left_out")
    problems = check(found.engine, found.path, found.columns, found.choice, found.answers).problems
    assert [problem.code for problem in problems.found] == ["nothing_left"]


def test_a_file_that_leaves_nothing_open_asks_nothing(tmp_path: Path) -> None:
    found = Asked(tmp_path, csv_bytes([("F1", "1,50", "a"), ("F2", "2,00", "b")], HEADINGS))
    assert found.questions() == {}
    assert source_of(found.path, found.columns, {}).startswith("read_parquet")


def test_a_file_that_has_more_pages_asks_whether_it_is_the_population(tmp_path: Path) -> None:
    found = Asked(tmp_path, csv_bytes([("F1", "1,50", "a")], HEADINGS))
    question = found.questions(more="https://example.se/?page=2")["more_pages"]
    assert "page=2" in question.message
    assert question.choices == ("whole",)


# Everything at once


AMOUNTS = st.sampled_from(["1.234", "12.345", "900", "7", "-3.456"])


@settings(max_examples=some(15), deadline=None)
@given(st.lists(st.tuples(AMOUNTS, st.booleans(), st.booleans()), min_size=1, max_size=8), st.booleans(), st.data())
def test_rows_taken_and_rows_left_out_are_all_rows(rows: list[tuple[str, bool, bool]], has_total: bool, data: Any) -> None:
    texts = [(f"F{i}", amount, "x") for i, (amount, *_marks) in enumerate(rows)]
    hidden = [i for i, (_amount, is_hidden, _struck) in enumerate(rows, start=2) if is_hidden]
    struck = [i for i, (_amount, _hidden, is_struck) in enumerate(rows, start=2) if is_struck]
    content = workbook([*texts, ("Summa", "1.234", "")] if has_total else texts, hidden=hidden, struck=struck)
    with tempfile.TemporaryDirectory() as folder:
        found = Asked(Path(folder), content, "a.xlsx")
        asked = found.questions()
        while any(not question.choice for question in asked.values()):
            # All at once, as the form is sent; an answer may raise another question, and takes back none.
            for code, question in asked.items():
                found.answers[code] = question.answer(question.choice or data.draw(st.sampled_from(question.choices)))
            before, asked = asked, found.questions()
            assert before.keys() <= asked.keys()
        out = {
            row
            for code, rows in (("hidden_rows", hidden), ("struck_rows", struck))
            if chose(found, code, "left_out")
            for row in rows
        }
        out |= set(asked["total_row"].rows) if chose(found, "total_row", "total") else set()
        stored = found.engine.rows(f"select row, c1 from read_parquet('{found.path}') order by row")
        write_answered(found.engine, found.path, found.columns, found.answers, Path(folder) / "locked.parquet")
        kept = found.engine.rows(f"select row, c1 from read_parquet('{Path(folder) / 'locked.parquet'}')")
        assert [row for row, _amount in kept] == [row for row, _amount in stored if row not in out]
        is_thousands = chose(found, "thousands", "thousands")
        texts_of = dict(stored)
        assert all(amount == (texts_of[row].replace(".", "") if is_thousands else texts_of[row]) for row, amount in kept)
        for question in asked.values():
            assert Question.from_json(question.as_json()) == question


def chose(found: Asked, code: str, choice: str) -> bool:
    return bool(found.answers.get(code, {}).get("choice") == choice)


def test_the_first_rows_are_shown_as_they_will_be_locked(tmp_path: Path) -> None:
    found = of_amounts(tmp_path, *(f"{i}.000" for i in range(1, 15)))
    assert first_rows(found.engine, found.path, found.columns, {})[0] == (2, ["F0", "1.000", "x"])
    found.say("thousands", "thousands")
    shown = first_rows(found.engine, found.path, found.columns, found.answers)
    assert len(shown) == 10
    assert shown[0] == (2, ["F0", "1000", "x"])
