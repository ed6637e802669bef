"""The rows of an own file as risks, controls and actions. Nothing is guessed: what stands in a row belongs together.

A risk is known by its number, so that rows may be sorted. A row with the same control once more is about another action, or
another unit's follow-up of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from django.conf import settings
from django.utils import translation

from .blocks import BlockRow
from .columns import ImportRow, Parsed, import_row
from .confidentiality import Mark, read_mark
from .fields import Field
from .own_files import OwnPlan
from .problems import CODE_NAMES, Problem
from .questions import Asked
from .recognition import CONCLUSIONS, METHODS
from .rows import RISK_FIELDS, Raw, goes_on
from .struck import ask_of_struck
from .text_limits import MAX_CELL
from .valuation import RowReader

_ALL_FREQUENCIES = ("weekly", "monthly", "quarterly", "tertial", "half_yearly", "yearly", "at_closing", "given_dates")


def parse_own(plan: OwnPlan, *, likelihood_levels: Mapping[int, str], impact_levels: Mapping[int, str], asked: Asked) -> Parsed:
    """Parse the rows of an own file; return them with every problem, in the order of the file."""
    mapping = {match.index: match.field for match in plan.columns if match.field is not None}
    struck = ask_of_struck(plan.block, mapping, asked)
    not_taken = struck.not_taken | _cut(plan, mapping)
    # A person says that a cell of which a part is struck counts as a whole.
    values = plan.values | {spot: cell.text for spot, cell in struck.read_as.items() if cell.text}
    plan = replace(plan, values=values)
    columns = {name: plan.block.headings[index] for index, name in mapping.items()}
    rows: list[ImportRow] = []
    problems: list[Problem] = []
    for raw, is_same_control in _raws(plan, mapping, not_taken):
        reader = _OwnReader(raw, columns, likelihood_levels, impact_levels, asked)
        row = replace(import_row(raw, reader), has_same_control=is_same_control, is_own=True)
        if not row.title:
            reader.report("title_missing", Field.TITLE)
        rows.append(row)
        problems += reader.problems
    if not rows:
        problems.append(Problem("no_rows", row=plan.block.header_row, place=plan.block.place))
    return Parsed(rows, problems, {}, not_taken, struck.parts)


def _cut(plan: OwnPlan, mapping: Mapping[int, Field]) -> dict[tuple[int, ...], str]:
    """Return the cells whose text the writer had to cut, with the reason: the register has the whole."""
    return {
        (row.table, row.index, column): "cut"
        for row in plan.block.rows
        for column, cell in enumerate(row.cells)
        if column in mapping and len(cell.text) >= MAX_CELL and cell.text.endswith("…")
    }


def _raws(plan: OwnPlan, mapping: Mapping[int, Field], not_taken: Mapping[tuple[int, ...], str]) -> Iterator[tuple[Raw, bool]]:
    """Yield the rows, those of a risk after each other, and whether the row's control is that of a row before."""
    groups: dict[str, list[Raw]] = {}
    key = ""
    last: Raw | None = None
    for row in plan.block.rows:
        for raw in _of_row(plan, row, mapping, not_taken):
            if last is not None and row.place.kind == "page" and _is_rest(last, row, raw, mapping):
                _append(last, raw)
                continue
            said = raw.texts.get(Field.NUMBER) or raw.texts.get(Field.TITLE)
            key = " ".join(said.split()).casefold() if said else key
            groups.setdefault(key, []).append(raw)
            last = raw
    for group in groups.values():
        controls: set[str] = set()
        last_control = ""
        for raw in group:
            raw.more_of_risk = raw is not group[0]
            if raw.more_of_risk:
                raw.texts = {name: text for name, text in group[0].texts.items() if name in RISK_FIELDS} | raw.texts
            control = " ".join(raw.texts.get(Field.CONTROL, "").split()).casefold() or last_control
            yield raw, bool(control) and control in controls
            controls.add(control)
            last_control = control


def _of_row(
    plan: OwnPlan, row: BlockRow, mapping: Mapping[int, Field], not_taken: Mapping[tuple[int, ...], str]
) -> Iterator[Raw]:
    """Yield the row, and once more for each further action that it holds."""
    for ordinal in range(1 + max(plan.ordinals.values(), default=0)):
        raw = Raw(row.number, row.number, row.place, {})
        for column, name in mapping.items():
            spot = row.table, row.index, column
            if plan.ordinals.get(column, 0) != ordinal or column >= len(row.cells) or spot in not_taken:
                continue
            cell = row.cells[column]
            text = plan.values.get(spot, cell.text)
            if text:
                raw.texts[name] = text
            if cell.text or cell.uncomputed:
                raw.sources.setdefault(name, []).append(spot)
        if raw.sources:
            raw.own = frozenset(raw.texts)
            yield raw


def _is_rest(last: Raw, row: BlockRow, raw: Raw, mapping: Mapping[int, Field]) -> bool:
    """Return whether a page's first row is what found no room on the page before."""
    return row.starts_page and goes_on(last, row, raw.texts, Field.TITLE, mapping)


def _append(last: Raw, rest: Raw) -> None:
    for name, text in rest.texts.items():
        last.texts[name] = f"{last.texts[name]}\n{text}" if last.texts.get(name) else text
    for name, spots in rest.sources.items():
        last.sources.setdefault(name, []).extend(spots)
    last.last_row = rest.last_row


class _OwnReader(RowReader):
    """A reader of what the product wrote: the names of the codes are exact, in any of its languages."""

    def method(self) -> tuple[str | None, bool]:
        code = _code(self.raw.texts.get(Field.METHOD, ""), METHODS)
        return (code, False) if code else super().method()

    def frequency(self) -> str | None:
        return _code(self.raw.texts.get(Field.FREQUENCY, ""), _ALL_FREQUENCIES) or super().frequency()

    def conclusion(self) -> tuple[str | None, Literal["text", "shading"] | None]:
        code = _code(self.raw.texts.get(Field.CONCLUSION, ""), CONCLUSIONS)
        return (code, "text") if code else super().conclusion()

    def confidentiality(self) -> Mark:
        """Return the law's section as it stands, whatever its words; a person may have written no."""
        text = self.raw.texts.get(Field.CONFIDENTIAL, "")
        mark = read_mark(text)
        return Mark(True, text) if mark.is_doubtful or mark.section else mark


def _code(text: str, codes: tuple[str, ...]) -> str | None:
    key = " ".join(text.split()).casefold()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code in codes:
                if key and str(CODE_NAMES[code]).casefold() == key:
                    return code
    return None
