"""The rows of an own file as risks, controls and actions. Nothing is guessed: what stands in a row belongs together.

A risk is known by its number, so that rows may be sorted. A row with the same control once more is about another action, or
another unit's follow-up of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar, Literal

from django.conf import settings
from django.utils import translation

from .blocks import BlockRow
from .columns import ImportRow, Parsed, import_row
from .confidentiality import Mark, read_mark
from .fields import Field
from .own_files import ON_PAGES, OwnPlan
from .own_mark import LINE_ENDS
from .problems import CODE_NAMES, Problem, Severity
from .questions import Asked
from .recognition import CONCLUSIONS, METHODS
from .rows import RISK_FIELDS, Raw
from .struck import ask_of_struck
from .text import join_texts
from .text_limits import MAX_CELL
from .valuation import RowReader

_OF_ACTION = frozenset({Field.ACTION, Field.ACTION_KIND, Field.RESPONSIBLE, Field.DUE, Field.DONE, Field.EFFECT})
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
    problems = _doubled(plan)
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


def _doubled(plan: OwnPlan) -> list[Problem]:
    """Return an error for each column too many that says something of confidentiality: none of it may be left out."""
    filled = {column for row in plan.block.rows for column in plan.doubled if column < len(row.cells) and row.cells[column].text}
    at = plan.block.header_row, plan.block.place
    return [
        Problem("confidentiality_repeated", "error", *at, Field.CONFIDENTIAL, value=plan.doubled[one]) for one in sorted(filled)
    ]


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
    known: dict[str, str] = {}
    key = ""
    last: Raw | None = None
    base: Raw | None = None
    head: Raw | None = None
    has_line_ends = LINE_ENDS in plan.content.own
    for row in plan.block.rows:
        for ordinal, raw in _of_row(plan, row, mapping, not_taken):
            if last is not None and not ordinal and _is_on_new_page(row) and _is_nameless(raw):
                _append(head or last, raw, RISK_FIELDS, has_line_ends=has_line_ends)
                if not _begins_anew(base or last, raw):
                    _append(last, raw, _OF_ACTION, has_line_ends=has_line_ends)
                    _append(base or last, raw, set(Field), has_line_ends=has_line_ends)
                    continue
            number, title = (_key(raw.texts.get(name, "")) for name in (Field.NUMBER, Field.TITLE))
            key = number or known.get(title, title) or key
            if title:
                known.setdefault(title, key)
            groups.setdefault(key, []).append(raw)
            last, base, head = raw, base if ordinal else raw, raw if title or head is None else head
    for group in groups.values():
        for raw in group:
            raw.texts = {name: text.strip() for name, text in raw.texts.items()}
        controls: set[str] = set()
        last_control = ""
        for raw in group:
            raw.more_of_risk = raw is not group[0]
            if raw.more_of_risk:
                raw.texts = {name: text for name, text in group[0].texts.items() if name in RISK_FIELDS} | raw.texts
            # A cell of a page reaches over the rows of its control.
            control = _key(raw.texts.get(Field.CONTROL, "")) or (last_control if raw.place.kind in ON_PAGES else "")
            yield raw, bool(control) and control in controls
            controls.add(control)
            last_control = control


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def _of_row(
    plan: OwnPlan, row: BlockRow, mapping: Mapping[int, Field], not_taken: Mapping[tuple[int, ...], str]
) -> Iterator[tuple[int, Raw]]:
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
        # The heading of a further action may stand alone at the end of a page.
        headed = (at for at, which in plan.ordinals.items() if which == ordinal and at < len(row.cells))
        if raw.sources or any(row.cells[at].text for at in headed):
            raw.own = frozenset(raw.texts)
            yield ordinal, raw


def _is_on_new_page(row: BlockRow) -> bool:
    return row.starts_page and row.place.kind == "page"


def _is_nameless(raw: Raw) -> bool:
    """Return whether no risk begins with the row: it found no room on the page before, or is about the risk above."""
    return Field.NUMBER not in raw.texts and Field.TITLE not in raw.texts


def _begins_anew(last: Raw, raw: Raw) -> bool:
    """Return whether a control begins with the row, which always has a method, or a unit's follow-up, which names the unit."""
    has_control = Field.CONTROL in raw.texts and Field.METHOD in raw.texts and Field.METHOD in last.texts
    return has_control or Field.FOLLOW_UP_UNIT in raw.texts


def _append(raw: Raw, rest: Raw, names: Collection[Field], *, has_line_ends: bool) -> None:
    """Move what the rest says of these fields to the row that it belongs to."""
    for name in names & rest.sources.keys():
        if text := rest.texts.pop(name, ""):
            before = raw.texts.get(name, "")
            between = " " if has_line_ends and not before.endswith("\n") else "\n"
            raw.texts[name] = join_texts(before.removesuffix("\n"), text, otherwise=between)
        raw.sources.setdefault(name, []).extend(rest.sources.pop(name))
        raw.last_row = rest.last_row


class _OwnReader(RowReader):
    """A reader of what the product wrote: the names of the codes are exact, in any of its languages."""

    no_day: ClassVar[tuple[str, Severity]] = ("day_unknown", "error")

    def method(self) -> tuple[str | None, bool]:
        code = _code(self.raw.texts.get(Field.METHOD, ""), METHODS)
        return (code, False) if code else super().method()

    def frequency(self) -> str | None:
        return _code(self.raw.texts.get(Field.FREQUENCY, ""), _ALL_FREQUENCIES) or super().frequency()

    def conclusion(self) -> tuple[str | None, Literal["text", "shading"] | None]:
        code = _code(self.raw.texts.get(Field.CONCLUSION, ""), CONCLUSIONS)
        return (code, "text") if code else super().conclusion()

    def confidentiality(self) -> Mark:
        """Return the law's section as it stands, whatever its words; a person may have written no.

        What a column more says of it is added; where it contradicts the report's own, or that is silent, it is asked.
        """
        text, more = (self.raw.texts.get(name, "") for name in (Field.CONFIDENTIAL, Field.SECTION))
        mark, law = read_mark(text), read_mark(more)
        own = Mark(True, text) if mark.is_doubtful or mark.section else mark
        if law == Mark(False) and own.is_confidential:
            return self.settled_mark(Mark(None, own.section, is_doubtful=True))
        if law in (Mark(), Mark(False)):
            return own
        if own.is_confidential:
            sections = (part for part in (own.section, more) if part and read_mark(part) != Mark(True))
            return Mark(True, "; ".join(dict.fromkeys(sections)))
        return super().confidentiality()


@lru_cache(maxsize=256)
def _code(text: str, codes: tuple[str, ...]) -> str | None:
    key = " ".join(text.split()).casefold()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code in codes:
                if key and str(CODE_NAMES[code]).casefold() == key:
                    return code
    return None
