"""The entry point from tables to typed rows, for callers outside the import.

`find_blocks` -> `recognise` (or a mapping made by hand) -> `parse`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from .blocks import Block, BlockRow, lone_text
from .cells import Place
from .fields import HEADINGS, Field, normalise_heading
from .finding import find_blocks
from .groups import KnownAs, find_groups
from .headings import IGNORED, ColumnMatch, How, mapping_of, recognise
from .legends import legend_of
from .nameless import is_nameless, naming_field
from .place_words import row_seen_from
from .problems import Problem
from .questions import Asked
from .recognition import (
    CONCLUSIONS,
    FREQUENCIES,
    METHODS,
    conclusion_from_fill,
    recognise_conclusion,
    recognise_frequency,
    recognise_method,
)
from .rows import Raw, gather
from .struck import Struck, ask_of_struck
from .text import first_sentence
from .valuation import RowReader

__all__ = [
    "CONCLUSIONS", "FREQUENCIES", "HEADINGS", "IGNORED", "METHODS", "Block", "BlockRow", "ColumnMatch", "Field", "How",
    "ImportRow", "Parsed", "Problem", "conclusion_from_fill", "find_blocks", "mapping_of", "normalise_heading", "parse",
    "recognise", "recognise_conclusion", "recognise_frequency", "recognise_method",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One control of one risk, as the file states it.

    `likelihood` and `impact` are both known or both None; `score` alone means that the file states only the score.
    A further control of the risk above has `is_continuation_control` and that risk's texts. `conclusion_text` is
    the cell's own text when it says more than the code. `confidential` is None where the row does not say.
    Row numbers are the file's. `sources` gives the cells of each of its own texts, as (table, row, column); `unread` the
    fields whose text says nothing here, and why (account_words); `surplus` the words of a value's cell that are no part of
    the value.

    `has_same_control`: it is about the control of a row before, with another action or another unit's follow-up. `is_own`: a
    row of a file that the product wrote itself. `is_nameless`: it names its risk by the number or the control's text alone;
    `says_risks_number`: the heading says that the number is a risk's.
    """

    first_row: int
    last_row: int
    place: Place
    number: str = ""
    title: str = ""
    description: str = ""
    category: str = ""
    process: str = ""
    unit: str = ""
    score: int | None = None
    likelihood: int | None = None
    impact: int | None = None
    residual_score: int | None = None
    residual_likelihood: int | None = None
    residual_impact: int | None = None
    reason: str = ""
    owner: str = ""
    control: str = ""
    method: str | None = None
    method_text: str = ""
    method_suggested: bool = False
    frequency: str | None = None
    frequency_text: str = ""
    performer: str = ""
    result: str = ""
    conclusion: str | None = None
    conclusion_source: Literal["text", "shading"] | None = None
    conclusion_text: str = ""
    action: str = ""
    confidential: bool | None = None
    section: str = ""
    target: str = ""
    follow_up_unit: str = ""
    performed_otherwise: str = ""
    conclusion_reason: str = ""
    action_kind: str = ""
    responsible: str = ""
    due_on: date | None = None
    done_on: date | None = None
    effect: str = ""
    is_continuation_control: bool = False
    is_own: bool = False
    is_nameless: bool = False
    says_risks_number: bool = False
    has_same_control: bool = False
    sources: Mapping[Field, Sequence[tuple[int, int, int]]] = field(default_factory=dict, compare=False, repr=False)
    unread: Mapping[Field, str] = field(default_factory=dict, compare=False, repr=False)
    surplus: Mapping[Field, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rows of a block and what was wrong with them.

    `notes` gives the reason of each row that is no row of the plan, by (table, row); `struck` that of each cell that is struck
    through and not taken, by (table, row, column); `struck_parts` that of what is struck beside other text, '' where it is
    taken.
    """

    rows: list[ImportRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: dict[tuple[int, ...], str] = field(default_factory=dict)
    struck: dict[tuple[int, ...], str] = field(default_factory=dict)
    struck_parts: dict[tuple[int, int, int], str] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]


def parse(
    block: Block,
    mapping: Mapping[int, Field],
    *,
    likelihood_levels: Mapping[int, str],
    impact_levels: Mapping[int, str],
    asked: Asked | None = None,
    known_as: KnownAs | None = None,
    year: int | None = None,
) -> Parsed:
    """Parse the block's rows; return them with every problem, in the order of the rows.

    `mapping` gives the field of each column index (`mapping_of(recognise(block.headings))`); the levels are the
    chosen matrix's numbers and labels. A row with an error is still given, without the value that is wrong. What can be read
    in two ways is `asked`; without anybody to ask, it is guessed. `known_as` says of a name over the whole width whether it is
    known as a category or a unit. `year` is the plan's, where days are read that do not say theirs.
    """
    if naming_field(mapping.values()) is None:
        return Parsed([], [Problem("no_risk_column", row=block.header_row, place=block.place, field=Field.TITLE)])
    struck = ask_of_struck(block, mapping, asked) if asked is not None else Struck()
    legend = legend_of(block, mapping, asked)
    block = replace(block, rows=block.rows[: len(block.rows) - len(legend)])
    groups = find_groups(block, mapping, known_as, asked)
    gathered = gather(block, mapping, struck.read_as, groups.rows, groups.holding)
    columns = {name: block.headings[index] if index < len(block.headings) else "" for index, name in mapping.items()}
    problems = [
        Problem("formula_without_value", "warning", row.number, row.place, name, columns[name], details={"cell": address})
        for row, name, address in gathered.uncomputed
    ]
    problems += [
        Problem("total_left_out" if why == "total" else "row_left_out", "warning", row.number, row.place, value=text)
        for row, text, why in gathered.left_out
    ]
    notes: dict[tuple[int, ...], str] = {key: why for row, _text, why in gathered.left_out for key in row.keys}
    notes |= gathered.absent | {key: "note" for row in legend for key in row.keys}
    notes |= {key: f"group_{name}" for row, name in gathered.groups for key in row.keys}
    problems += [
        Problem("row_left_out", "warning", row.number, row.place, value=" ".join(cell.text for cell in row.cells if cell.text))
        for row in legend
    ]
    problems += [
        Problem(
            "read_as_group", "warning", block.rows[at].number, block.rows[at].place, name, value=lone_text(block.rows[at].cells)
        )
        for at, name in groups.rows.items()
    ]
    rows: list[ImportRow] = []
    numbers: dict[str, tuple[Place, int]] = {}
    nameless = is_nameless(mapping.values())
    for raw in gathered.raws:
        reader = RowReader(raw, columns, likelihood_levels, impact_levels, asked, year)
        row = import_row(raw, reader)
        if nameless:
            row = replace(row, is_nameless=True, says_risks_number="risk" in columns.get(Field.NUMBER, "").casefold())
        if nameless and not (row.number or row.control):
            reader.report("risk_unnamed", Field.NUMBER)
        if not row.title and not nameless:
            reader.report("title_missing", Field.TITLE)
        if row.number and not row.is_continuation_control and not nameless:
            if row.number in numbers:
                other = row_seen_from(row.place, *numbers[row.number])
                reader.report("number_repeated", Field.NUMBER, row.number, "warning", other=other)
            numbers.setdefault(row.number, (row.place, row.first_row))
        rows.append(row)
        problems += reader.problems
    if not rows:
        problems.append(Problem("no_rows", row=block.header_row, place=block.place))
    places = list(dict.fromkeys([block.place, *(row.place for row in block.rows)]))
    problems.sort(key=lambda problem: (places.index(problem.place or block.place), problem.row or 0))
    return Parsed(rows, problems, notes, struck.not_taken, struck.parts)


def import_row(raw: Raw, reader: RowReader) -> ImportRow:
    """Return the row that a raw one is read as; what is wrong with it is reported to the reader."""
    text = raw.texts.get
    values, residual = reader.values(), reader.residual()
    number, titled = text(Field.NUMBER, ""), text(Field.TITLE, "")
    if not number:
        titled, number = _reference_apart(titled)
    title, description = _title(titled, reader.description)
    method, suggested = reader.method()
    conclusion, source = reader.conclusion()
    mark = reader.confidentiality()
    return ImportRow(
        first_row=raw.first_row,
        last_row=raw.last_row,
        place=raw.place,
        number=number,
        title=title,
        description=description,
        category=text(Field.CATEGORY, ""),
        process=text(Field.PROCESS, ""),
        unit=text(Field.UNIT, ""),
        score=values.score,
        likelihood=values.likelihood,
        impact=values.impact,
        residual_score=residual.score,
        residual_likelihood=residual.likelihood,
        residual_impact=residual.impact,
        reason=text(Field.REASON, ""),
        owner=text(Field.OWNER, ""),
        control=text(Field.CONTROL, ""),
        method=method,
        method_text=text(Field.METHOD_WORDING) or text(Field.METHOD, ""),
        method_suggested=suggested,
        frequency=reader.frequency(),
        frequency_text=text(Field.FREQUENCY_WORDING) or text(Field.FREQUENCY, ""),
        performer=text(Field.PERFORMER, ""),
        result=text(Field.RESULT, ""),
        conclusion=conclusion,
        conclusion_source=source,
        conclusion_text=text(Field.CONCLUSION_WORDING) or text(Field.CONCLUSION, ""),
        action=text(Field.ACTION, ""),
        confidential=mark.is_confidential,
        section=mark.section,
        target=text(Field.TARGET, ""),
        follow_up_unit=text(Field.FOLLOW_UP_UNIT, ""),
        performed_otherwise=text(Field.PERFORMED_OTHERWISE, ""),
        conclusion_reason=text(Field.CONCLUSION_REASON, ""),
        action_kind=text(Field.ACTION_KIND, ""),
        responsible=text(Field.RESPONSIBLE, ""),
        due_on=reader.day(Field.DUE),
        done_on=reader.day(Field.DONE),
        effect=text(Field.EFFECT, ""),
        is_continuation_control=raw.more_of_risk,
        has_same_control=raw.same_control,
        sources=raw.sources,
        unread=reader.unread(),
        surplus=reader.surplus(),
    )


_LONGEST_TITLE = 120
_REFERENCE = re.compile(r"(?P<title>.*\S)\s+(?P<number>(?:19|20)\d\d-\d{2,4})", re.DOTALL)


def _reference_apart(title: str) -> tuple[str, str]:
    """Return the title and the risk's number; the product's own reports write `2025-01` below the title, in its cell."""
    found = _REFERENCE.fullmatch(title)
    return (found["title"], found["number"]) if found else (title, "")


def _title(title: str, description: str) -> tuple[str, str]:
    """Return (title, description); without a title the description's first sentence becomes the title."""
    if title or not description:
        return " ".join(title.split()), description
    first = description.split("\n", 1)[0]
    sentence = first_sentence(first).rstrip(".")
    if len(sentence) > _LONGEST_TITLE:
        sentence = sentence[:_LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
    return sentence, "" if sentence == description.rstrip(".") else description
