"""Reading of outcomes back from the work file: all of them, or none and what is wrong with which row."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Sample, SampleItem
from controls.sampling.gate import OUTCOMES
from controls.sampling.samples import outcomes, work_file
from controls.sampling.samples.outcomes import Found
from riskreg.importing.cells import Cell, Table
from riskreg.importing.tables import MAX_BYTES, read_tables
from riskreg.models import User
from riskreg.numbers import read_number

EXTENSIONS = ("xlsx", "ods", "csv")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault of one row: its number in the file, the column, the value, and what to do."""

    row: int
    column: str
    value: str
    message: str


class NotTaken(Exception):
    """A refusal: nothing was written; `wrongs` has the faults, by row."""

    def __init__(self, wrongs: list[Wrong]) -> None:
        super().__init__(f"{len(wrongs)} rows")
        self.wrongs = wrongs


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The counts of a file that was read back."""

    saved: int
    unchanged: int
    left: int
    """Rows whose outcome is empty: they say nothing."""


@dataclass(slots=True)
class _Line:
    row: int
    number: str
    key: str
    outcome: str
    note: str
    correct: str
    version: str
    formulas: list[str] = field(default_factory=list)


def read_back(sample: Sample, *, by: User, file: IO[bytes], filename: str) -> ReadBack:
    """Save the outcomes of the file. Raises NotPermitted, NotInThisState, UnreadableFile, NotTaken."""
    outcomes.require_logging(sample, by=by)
    lines = _lines(file, filename)
    with OUTCOMES.open(sample, "log", by=by) as turn:
        row = turn.row
        # Companions of the sample that is being logged.
        items = {
            item.position: item
            for item in SampleItem.objects.filter(sample=row)
            .in_sample()
            .select_for_update(of=("self",))
            .select_related("examined_by")
            .order_by("position")
        }
        for item in items.values():
            item.sample = row
        wrongs: list[Wrong] = []
        changes: list[tuple[SampleItem, Found]] = []
        seen: dict[str, int] = {}
        left = unchanged = 0
        for line in lines:
            found = _checked_line(line, items, seen, wrongs)
            if found is None:
                left += 1
                continue
            item, wanted = found
            if (item.outcome, item.note, item.correct_amount) == (wanted.outcome, wanted.note, wanted.correct_amount):
                unchanged += 1
            else:
                changes.append((item, wanted))
        if wrongs:
            raise NotTaken(sorted(wrongs, key=lambda wrong: wrong.row))
        for item, wanted in changes:
            outcomes.save_outcome(item, wanted, by=turn.author, reason=_("Read back from the work file"))
    return ReadBack(len(changes), unchanged, left)


def _checked_line(
    line: _Line, items: dict[int, SampleItem], seen: dict[str, int], wrongs: list[Wrong]
) -> tuple[SampleItem, Found] | None:
    """Return the item and its outcome; None for an empty row and for a wrong one (then `wrongs` has why)."""

    def wrong(column: str, value: str, message: str) -> None:
        wrongs.append(Wrong(line.row, column, value, message))

    before = len(wrongs)
    for column in line.formulas:
        wrong(column, "", _("The cell holds a formula. Write the value itself."))
    if line.formulas:
        return None
    item = items.get(int(line.number)) if line.number.isascii() and line.number.isdigit() and len(line.number) < 9 else None
    if item is None:
        wrong(_(work_file.NUMBER), line.number, _("There is no such item in the sample. Remove the row, or restore its number."))
        return None
    if item.key and line.key != item.key:
        named = {"key": item.key, "number": item.position}
        wrong(_(work_file.KEY), line.key, _("The key was changed: item %(number)d is %(key)s. Restore it.") % named)
    if line.number in seen:
        wrong(
            _(work_file.NUMBER),
            line.number,
            _("The item is in the file already, on row %(row)d. Remove one of them.") % {"row": seen[line.number]},
        )
    seen.setdefault(line.number, line.row)
    if not line.outcome:
        if line.note and line.note != item.note:
            words = _("There is a note but no outcome. Choose one of: %(allowed)s.")
            wrong(_(work_file.OUTCOME), "", words % {"allowed": _allowed()})
        return None
    outcome = work_file.outcome_words().get(line.outcome.casefold())
    if outcome is None:
        wrong(_(work_file.OUTCOME), line.outcome, _("That is no outcome. Choose one of: %(allowed)s.") % {"allowed": _allowed()})
    correct: Decimal | None = None
    try:
        correct = read_number(line.correct)
    except ValueError:
        wrong(_(work_file.CORRECT), line.correct, _("That is no amount. Write digits, such as 1250.50."))
    if len(wrongs) > before or outcome is None:
        return None
    try:
        found = outcomes.checked(item, Found(outcome, line.note, correct))
    except ValidationError as refusal:
        for name, messages in refusal.message_dict.items():
            column = {"note": work_file.NOTE, "correct_amount": work_file.CORRECT}.get(name, work_file.OUTCOME)
            wrong(_(column), line.correct if name == "correct_amount" else "", " ".join(messages))
        return None
    is_same = (item.outcome, item.note, item.correct_amount) == (found.outcome, found.note, found.correct_amount)
    if line.version != str(item.version) and not is_same and (line.version or item.outcome != SampleItem.Outcome.PENDING):
        words = _("%(who)s saved this item meanwhile as “%(outcome)s”. Download the file again, or change the item on the page.")
        wrong(
            _(work_file.OUTCOME),
            line.outcome,
            words % {"who": item.examined_by or _("Somebody else"), "outcome": item.get_outcome_display()},
        )
        return None
    return item, found


def _allowed() -> str:
    return ", ".join(str(choice.label) for choice in work_file.CHOICES)


def _lines(file: IO[bytes], filename: str) -> list[_Line]:
    """Return the rows under the headings of the first table that has them. Raises UnreadableFile, NotTaken."""
    data = file.read(MAX_BYTES + 1)
    # Who works in the file may have filtered it, and the product hides a column of its own in it.
    tables = read_tables(io.BytesIO(data), filename, with_hidden=True, confine=True)
    for table in tables:
        places = _places(table)
        if places is not None:
            return _read(table, places, _formulas(filename, table))
    needed = ", ".join(_(name) for name in (work_file.NUMBER, work_file.KEY, work_file.OUTCOME))
    words = _("The headings were not found. The file needs the columns %(needed)s.") % {"needed": needed}
    raise NotTaken([Wrong(1, "", "", words)])


def _places(table: Table) -> dict[str, int] | None:
    if not table.rows:
        return None
    texts = [cell.text.casefold() for cell in table.rows[0]]
    places: dict[str, int] = {}
    for name in (work_file.NUMBER, work_file.KEY, work_file.OUTCOME, work_file.NOTE, work_file.CORRECT, work_file.VERSION):
        known = work_file.headings(name)
        # The product's own columns stand outermost: the first two, and the last ones.
        order = range(len(texts)) if name in {work_file.NUMBER, work_file.KEY} else range(len(texts) - 1, -1, -1)
        found = next((i for i in order if texts[i] in known), None)
        if found is not None:
            places[name] = found
    needed = {work_file.NUMBER, work_file.KEY, work_file.OUTCOME}
    return places if needed <= places.keys() else None


def _read(table: Table, places: dict[str, int], formulas: set[tuple[int, int]]) -> list[_Line]:
    lines = []
    for i, cells in enumerate(table.rows[1:], start=1):
        row = table.first_row + i
        if not any(cell.text or cell.uncomputed for cell in cells):
            continue

        def text(name: str, cells: list[Cell] = cells) -> str:
            return cells[places[name]].text.strip() if name in places and places[name] < len(cells) else ""

        held = [name for name, at in places.items() if (row - 1, at) in formulas or (at < len(cells) and cells[at].uncomputed)]
        lines.append(
            _Line(
                row,
                text(work_file.NUMBER).removesuffix(".0"),
                text(work_file.KEY),
                text(work_file.OUTCOME),
                text(work_file.NOTE),
                text(work_file.CORRECT),
                text(work_file.VERSION).removesuffix(".0"),
                [_(name) for name in held],
            )
        )
    return lines


def _formulas(filename: str, table: Table) -> set[tuple[int, int]]:
    """Return the places of formulas, computed or not; in text, of what a spreadsheet would take for one."""
    if filename.casefold().endswith(".xlsx"):
        first = table.first_row - 1
        return {(first + i, j) for i, cells in enumerate(table.rows) for j, cell in enumerate(cells) if cell.is_formula}
    if filename.casefold().endswith(".csv"):
        return {
            (table.first_row - 1 + i, j)
            for i, cells in enumerate(table.rows)
            for j, cell in enumerate(cells)
            if cell.text.startswith("=")
        }
    return set()
