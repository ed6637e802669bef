"""Questions that a person answers before a population is locked: what the file leaves open is never guessed.

A question is known by its code; there is at most one of each. An answer holds for the question it was given to: another
amount column, or other rows, are another question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from controls.data_files.answered import Answers
from controls.data_files.engine import Engine, literal
from controls.data_files.spreadsheet import HIDDEN, STRUCK
from controls.data_files.table import Choice, Table
from riskreg.numbers import number_text

ROWS_NAMED = 20
MOST_SUBTOTALS = 5_000
"""More rows than these that say "total" are items of that name."""
_LAST = 5
_WORDS = (
    *("summa", "delsumma", "mellansumma", "slutsumma", "totalsumma", "totalt", "total", "s:a", "summa totalt"),
    *("sum", "totals", "grand total", "subtotal", "sum total"),
)
_SAYS_TOTAL = re.compile(rf"({'|'.join(map(re.escape, _WORDS))})\b.{{0,40}}", re.IGNORECASE)
_AMBIGUOUS = "[-\u2212]?[1-9][0-9]{0,2}[.,][0-9]{3}"

_CHOICES = {
    "thousands": ("decimals", "thousands"),
    "total_row": ("total", "item"),
    "subtotal_rows": ("total", "item"),
    "hidden_rows": ("item", "left_out"),
    "struck_rows": ("item", "left_out"),
    "more_pages": ("whole",),
}
_ASKED = {
    "thousands": _(
        "In the column “%(column)s” every decimal part has three digits, for instance %(text)s. Are they decimals or thousands?"
    ),
    "total_row": _("Row %(rows)s looks like a total of the others: %(text)s. Is it an item, or the total?"),
    "subtotal_rows": _("Rows that say that they are sums: %(count)s (row %(rows)s): %(text)s. Are they items, or subtotals?"),
    "hidden_rows": _("Rows hidden in the file: %(count)s (row %(rows)s)%(together)s. Do they belong to the population?"),
    "struck_rows": _(
        "Rows with text that is struck through: %(count)s (row %(rows)s)%(together)s. Do they belong to the population?"
    ),
    "more_pages": _(
        "The file says that there is more than it holds (%(text)s). Is this file all that the sample is to be drawn from? If "
        "not, discard it and upload a file with all of it."
    ),
}
_OPTIONS = {
    ("thousands", "decimals"): _("Decimals: %(example)s is a little more than %(whole)s"),
    ("thousands", "thousands"): _("Thousands: %(example)s is %(grouped)s"),
    ("total_row", "total"): _("A total: leave it out"),
    ("total_row", "item"): _("An item: keep it"),
    ("subtotal_rows", "total"): _("Subtotals: leave them out"),
    ("subtotal_rows", "item"): _("Items: keep them"),
    ("hidden_rows", "item"): _("Yes: keep them"),
    ("hidden_rows", "left_out"): _("No: leave them out"),
    ("struck_rows", "item"): _("Yes: keep them"),
    ("struck_rows", "left_out"): _("No: leave them out"),
    ("more_pages", "whole"): _("Yes: the sample is drawn from this file alone"),
}
_ANSWERED = {
    ("thousands", "decimals"): _("“%(column)s”: the sign before three digits stands before decimals."),
    ("thousands", "thousands"): _("“%(column)s”: the sign before three digits stands between thousands."),
    ("total_row", "total"): _("Left out as a total: row %(rows)s%(together)s."),
    ("total_row", "item"): _("Kept as an item though it looks like a total: row %(rows)s."),
    ("subtotal_rows", "total"): _("Left out as subtotals, rows: %(count)s (row %(rows)s)%(together)s."),
    ("subtotal_rows", "item"): _("Kept as items though they say that they are sums, rows: %(count)s (row %(rows)s)."),
    ("hidden_rows", "item"): _("Kept though they are hidden in the file, rows: %(count)s (row %(rows)s)%(together)s."),
    ("hidden_rows", "left_out"): _("Left out because they are hidden in the file, rows: %(count)s (row %(rows)s)%(together)s."),
    ("struck_rows", "item"): _("Kept though they are struck through, rows: %(count)s (row %(rows)s)%(together)s."),
    ("struck_rows", "left_out"): _("Left out because they are struck through, rows: %(count)s (row %(rows)s)%(together)s."),
    ("more_pages", "whole"): _("The file says that there is more than it holds; it is drawn from this file alone."),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, what it is about, what each choice gives (rows, control total), and the answer so far."""

    code: str
    column: str = ""
    rows: tuple[int, ...] = ()
    count: int = 0
    total: str | None = None
    """The sum of the rows' amounts; of the whole column for its thousands."""
    text: str = ""
    options: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    choice: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        return _CHOICES[self.code]

    @property
    def message(self) -> str:
        return str(_ASKED[self.code]) % _values(asdict(self))

    def option(self, choice: str) -> str:
        """Return a choice in words, with the rows and the control total that it gives."""
        example = self.text.partition(";")[0].strip()
        whole, _sign, decimals = example.replace(",", ".").partition(".")
        values = {"example": example, "whole": whole, "grouped": f"{whole}\N{NO-BREAK SPACE}{decimals}"}
        rows, total = self.options.get(choice, (0, None))
        said = str(_OPTIONS[self.code, choice]) % values
        if total is not None:
            given = _("control total %(total)s") % {"total": _money(total)}
        else:
            given = _("rows: %(rows)s") % {"rows": number_text(rows)}
        return f"{said} ({given})"

    def answer(self, choice: str) -> dict[str, Any]:
        """Return the answer as it is stored, with what it is about.

        The amount of a single row that is an item is not kept: it may be personal data, and the answer is not weeded.
        """
        is_told = self.count > 1 or choice == "total"
        about = {"column": self.column, "rows": list(self.rows), "count": self.count, "total": self.total if is_told else None}
        return {"choice": choice, **{name: value for name, value in about.items() if value}}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Question:
        options = {choice: (given[0], given[1]) for choice, given in kept.get("options", {}).items()}
        return cls(**{**kept, "rows": tuple(kept.get("rows", ())), "options": options})


def answer_words(code: str, answer: Mapping[str, Any]) -> str:
    """Return a stored answer in words."""
    return str(_ANSWERED[code, answer["choice"]]) % _values(answer)


def current(questions: Sequence[Question]) -> dict[str, dict[str, Any]]:
    """Return the answers given, each with what it is about as it is now: another answer may have changed its sum."""
    return {question.code: question.answer(question.choice) for question in questions if question.choice}


def _values(about: Mapping[str, Any]) -> dict[str, str]:
    rows = list(about.get("rows") or ())
    named = ", ".join(str(row) for row in rows[:ROWS_NAMED]) + (" …" if about.get("count", 0) > ROWS_NAMED else "")
    total = about.get("total")
    together = ""
    if total is not None:
        said = _(", together %(total)s") if about.get("count", 0) > 1 else _(", %(total)s")
        together = str(said) % {"total": _money(total)}
    count = number_text(int(about.get("count") or 0))
    return {"column": about.get("column", ""), "rows": named, "count": count, "text": about.get("text", ""), "together": together}


def _money(total: str) -> str:
    number = Decimal(total)
    return number_text(number.quantize(Decimal("0.01")) if number == number.quantize(Decimal("0.01")) else number.normalize())


def rows_that_say_total(engine: Engine, path: Path, columns: Sequence[str]) -> list[int]:
    """Return the rows with a cell that says nothing but sum or total; none when there are too many of them."""
    words = ", ".join(literal(word) for word in _WORDS)
    said = " or ".join(f"rtrim(lower(c{i}), ' :') in ({words})" for i in range(len(columns)))
    found = engine.rows(
        f"select row from read_parquet({literal(str(path))}) where {said} order by row limit {MOST_SUBTOTALS + 1}"
    )
    return [] if len(found) > MOST_SUBTOTALS else [row for (row,) in found]


def find_questions(
    engine: Engine,
    path: Path,
    columns: Sequence[str],
    choice: Choice,
    answers: Answers,
    *,
    worded: Sequence[int] = (),
    more: str = "",
) -> list[Question]:
    """Return every question that the file raises, answered or not.

    `worded`: the rows that say total (rows_that_say_total). `more`: what the file says of more pages.
    """
    # Key and groups raise no question; a saved source may name columns that the file has not.
    choice = Choice((), choice.amount if choice.amount in columns else "")
    found = [*_thousands(engine, path, columns, choice)]
    found += _marked(engine, path, columns, choice, answers)
    found += _totals(engine, path, columns, choice, answers, worded)
    if more:
        found.append(Question("more_pages", text=more))
    return [_weighed(engine, path, columns, choice, answers, question) for question in found]


def is_answer_to(question: Question, answer: Mapping[str, Any]) -> bool:
    """Return whether the stored answer was given to this question."""
    choice = str(answer.get("choice", ""))
    return choice in question.choices and question.answer(choice) | {"total": None} == {**answer, "total": None}


def _weighed(
    engine: Engine, path: Path, columns: Sequence[str], choice: Choice, answers: Answers, question: Question
) -> Question:
    """Return the question with what each choice gives, and with its answer."""
    options = {}
    for each in question.choices:
        table = Table(path, columns, choice, {**answers, question.code: question.answer(each)})
        rows, total = engine.one(f"select count(*), sum({table.amount}) from {table.source}")
        options[each] = (int(rows), None if total is None else str(total))
    answer = answers.get(question.code, {})
    given = str(answer["choice"]) if answer and is_answer_to(question, answer) else ""
    return replace(question, options=options, choice=given)


def _thousands(engine: Engine, path: Path, columns: Sequence[str], choice: Choice) -> list[Question]:
    if not choice.amount:
        return []
    table = Table(path, columns, choice)
    cell = table.cell(choice.amount)
    has_decimals = f"{table.amount} is not null and regexp_matches({cell}, '[.,]')"
    is_ambiguous = f"regexp_full_match({cell}, '{_AMBIGUOUS}')"
    count, decimals = engine.one(f"select count(*) filter ({is_ambiguous}), count(*) filter ({has_decimals}) from {table.source}")
    if not count or count != decimals:
        return []
    examples = engine.rows(
        f"select {cell} from {table.source} where regexp_full_match({cell}, '{_AMBIGUOUS}') order by row limit 3"
    )
    return [Question("thousands", column=choice.amount, count=int(count), text="; ".join(text for (text,) in examples))]


def _marked(engine: Engine, path: Path, columns: Sequence[str], choice: Choice, answers: Answers) -> list[Question]:
    stored = f"read_parquet({literal(str(path))})"
    if "mark" not in {name for name, *_rest in engine.rows(f"describe select * from {stored}")}:
        return []
    found = []
    for code, bit in (("hidden_rows", HIDDEN), ("struck_rows", STRUCK)):
        table = Table(path, columns, choice, {code: answer for code, answer in answers.items() if code == "thousands"})
        where = f"(mark & {bit}) > 0"
        count, total = engine.one(f"select count(*), sum({table.amount}) from {table.source} where {where}")
        if count:
            rows = engine.rows(f"select row from {stored} where {where} order by row limit {ROWS_NAMED}")
            numbers = tuple(int(row) for (row,) in rows)
            found.append(Question(code, rows=numbers, count=int(count), total=None if total is None else str(total)))
    return found


def _totals(
    engine: Engine, path: Path, columns: Sequence[str], choice: Choice, answers: Answers, worded: Sequence[int]
) -> list[Question]:
    others = {code: answer for code, answer in answers.items() if code not in {"total_row", "subtotal_rows"}}
    table = Table(path, columns, choice, others)
    cells = ", ".join(table.cells)
    count, last = engine.one(f"select count(*), coalesce(max(row), 0) from {table.source}")
    ends = engine.rows(
        f"select row, {table.amount}, {cells} from {table.source} where row > {last} - 100 order by row desc limit {_LAST}"
    )
    at_end = {row for row, _amount, *texts in ends if any(_SAYS_TOTAL.fullmatch(text.strip()) for text in texts)}
    if not at_end and choice.amount and count > 2 and ends[0][1]:
        total = engine.one(f"select sum({table.amount}) from {table.source}")[0]
        if total == 2 * ends[0][1]:
            at_end = {ends[0][0]}
    if len(at_end) == count:
        # A total of nothing is an item.
        at_end = set()
    within = set(worded) - at_end - {row for row, *_rest in ends}
    found = []
    for code, seen in (("total_row", at_end), ("subtotal_rows", within)):
        known = set(answers.get(code, {}).get("rows", ()))
        # What was answered stays answered, also when another answer changes the sum it was found by.
        rows = known if known and seen <= known else seen
        if rows:
            found.append(_question_of(engine, table, code, tuple(sorted(int(row) for row in rows))))
    return found


def _question_of(engine: Engine, table: Table, code: str, rows: tuple[int, ...]) -> Question:
    listed = ", ".join(str(row) for row in rows)
    total = engine.one(f"select sum({table.amount}) from {table.source} where row in ({listed})")[0]
    shown = engine.rows(f"select {', '.join(table.cells)} from {table.source} where row in ({listed}) order by row limit 3")
    text = "; ".join(" · ".join(cell[:60] for cell in cells if cell)[:200] for cells in shown)
    return Question(code, rows=rows, count=len(rows), total=None if total is None else str(total), text=text)
