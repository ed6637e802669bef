"""Reading of a file for a target: its columns as recognised or mapped by hand, its rows, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from controls.importing.problems import AnyProblem, PlanProblem, errors_among
from controls.importing.target import Target, UnknownTarget
from controls.importing.unit_names import UnitNames
from controls.importing.whose_plan import warn_of_another
from controls.importing.words import name_key
from controls.models import ColumnMapping
from riskreg.importing.account import Account, SettlementOf, Understood, draw_up
from riskreg.importing.box_columns import read_boxes
from riskreg.importing.cells import HiddenSheet
from riskreg.importing.columns import (
    Block,
    ColumnMatch,
    Field,
    ImportRow,
    find_blocks,
    mapping_of,
    normalise_heading,
    parse,
    recognise,
)
from riskreg.importing.groups import KnownAs
from riskreg.importing.hidden_sheets import chosen_hidden_sheet, hidden_names, hidden_sheet_named
from riskreg.importing.numbers_for_titles import with_numbers_for_titles
from riskreg.importing.own_files import OwnPlan, as_foreign, own_plan
from riskreg.importing.own_mark import LINE_ENDS
from riskreg.importing.own_rows import parse_own
from riskreg.importing.questions import Asked, Choice
from riskreg.importing.second_tables import join_second_tables
from riskreg.importing.tables import Content, read_content
from riskreg.importing.years import Comparison, Spot, compare_years
from riskreg.models import RiskCategory, Unit


@dataclass(slots=True)
class Reading:
    """The rows of the plan that was chosen among the file's `blocks`, and the `notes` that are no rows of it."""

    columns: list[ColumnMatch]
    rows: list[ImportRow]
    problems: list[AnyProblem]
    place: str
    content: Content
    blocks: list[Block] = field(default_factory=list)
    block: Block | None = None
    notes: dict[tuple[int, ...], str] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    compared: dict[Spot, Comparison] = field(default_factory=dict)
    """The cells of other years' columns, with what they are compared with."""
    struck_parts: dict[Spot, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[AnyProblem]:
        return errors_among(self.problems)

    @property
    def is_own(self) -> bool:
        """Whether the product wrote the file itself, so that its columns are known."""
        return any(row.is_own for row in self.rows)

    @property
    def open_columns(self) -> list[ColumnMatch]:
        """The columns of which a person may say what they hold: of an own file those alone that are not its own."""
        return (
            [match for match in self.columns if match.heading and match.how not in ("exact", "own_words")]
            if self.is_own
            else self.columns
        )

    def account(self, settled: SettlementOf) -> Account:
        """Return what became of every piece of the file; `settled` says it of the rows' values."""
        known = self.content, self.blocks, self.block, self.columns, self.rows, self.notes, self.compared, self.struck_parts
        return draw_up(Understood(*known), settled)


def read(
    source: IO[bytes] | Content,
    name: str,
    target: Target,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    plan_named: str = "",
) -> Reading:
    """Read the rows of a file, or of what was read of it before, for the target.

    `mapping` (normalised heading → field, or IGNORED) takes precedence over what the unit has chosen before, which
    takes precedence over recognition. `answers` are those given so far to the reading's questions; one that is open is an
    error. `plan_named` chooses among several plans in the file by sheet or title.

    Raises UnreadableFile when there is nothing to read, UnknownTarget when there is no such plan; problems of single rows are
    in `problems`.
    """
    content = source if isinstance(source, Content) else read_content(source, name, max_bytes=settings.IMPORT_MAX_BYTES)
    said = {**remembered_fields(target.unit), **(mapping or {})}
    asked = Asked(answers or {})
    own = own_plan(content, said)
    if own is not None:
        return _read_own(own, target, asked)
    content = as_foreign(content) if content.own else content
    blocks = find_blocks(content.tables, said)
    sheet = _hidden_sheet(content, blocks, asked, plan_named)
    if sheet is not None:
        content = content.with_hidden_sheet(sheet)
        blocks, plan_named = find_blocks(content.tables, said), plan_named and sheet.table.place.name
    among = [block for block in blocks if sheet is None or block.place == sheet.table.place]
    if not among:
        return Reading([], [], [*asked.problems(), _no_heading()], name, content, blocks, asked=asked)
    block = _chosen(among, asked, plan_named, content.hidden)
    if block is None:
        return Reading([], [], [*asked.problems()], name, content, blocks, asked=asked)
    columns = recognise(block.headings, said, target.year, target.closing.kind if target.closing else "")
    columns, boxes = read_boxes(block, with_numbers_for_titles(columns, block))
    mapped = mapping_of(columns)
    left_out = join_second_tables(block, blocks, content.tables, mapped, asked)
    parsed = parse(
        block,
        mapped,
        likelihood_levels={level.value: level.label for level in target.matrix.likelihoods},
        impact_levels={level.value: level.label for level in target.matrix.impacts},
        asked=asked,
        known_as=_names_known(target),
        # Without a closing no action is imported, and no day of one is asked about.
        year=target.year if target.closing else None,
    )
    said_to_be = warn_of_another(block, content.tables, target)
    problems: list[AnyProblem] = [*parsed.problems, *asked.problems(), *said_to_be, *_not_told(name)]
    notes: dict[tuple[int, ...], str] = {**left_out, **boxes, **parsed.notes, **parsed.struck}
    compared = compare_years(block, columns, parsed.rows, target.year)
    return Reading(
        columns, parsed.rows, problems, block.name, content, blocks, block, notes, asked, compared, parsed.struck_parts
    )


def _not_told(name: str) -> list[PlanProblem]:
    """Return what the reader of a file of this kind cannot tell."""
    if not name.casefold().endswith(".xls"):
        return []
    message = _(
        "In the old Excel format (.xls) hidden rows and columns, struck text, colours and comments cannot be told: all rows are "
        "read, comments are not. Save the file as .xlsx if it has any."
    )
    return [PlanProblem(message, "warning")]


def _names_known(target: Target) -> KnownAs:
    """Return what tells a category's or a unit's name from other words."""
    categories = {name_key(name) for name in RiskCategory.objects.values_list("name", flat=True)}
    units = UnitNames(Unit.objects.within(target.unit).filter(is_active=True))

    def known_as(text: str) -> Field | None:
        if name_key(text) in categories:
            return Field.CATEGORY
        return Field.UNIT if units.named(text) else None

    return known_as


def _read_own(own: OwnPlan, target: Target, asked: Asked) -> Reading:
    """Read the rows of a file that the product wrote itself: its columns are known."""
    parsed = parse_own(
        own,
        likelihood_levels={level.value: level.label for level in target.matrix.likelihoods},
        impact_levels={level.value: level.label for level in target.matrix.impacts},
        asked=asked,
    )
    problems: list[AnyProblem] = [*parsed.problems, *asked.problems(), *warn_of_another(own.block, own.content.tables, target)]
    if own.block.place.kind == "page" and LINE_ENDS not in own.content.own:
        problems.append(_of_wrapped_lines())
    block, notes = own.block, {**parsed.notes, **parsed.struck}
    parts = parsed.struck_parts
    return Reading(own.columns, parsed.rows, problems, block.name, own.content, [block], block, notes, asked, struck_parts=parts)


def _hidden_sheet(content: Content, blocks: Sequence[Block], asked: Asked, named: str) -> HiddenSheet | None:
    """Return the hidden sheet to read: the one of the name, where nothing that is shown has it, or of the answer."""
    if named:
        return None if _named(blocks, named) else hidden_sheet_named(content, named)
    return chosen_hidden_sheet(content, asked, has_a_plan=bool(blocks))


def _named(blocks: Sequence[Block], named: str) -> list[Block]:
    wanted = named.strip().casefold()
    return [one for one in blocks if wanted in {name.casefold() for name in (one.title, one.place.name, str(one.place))}]


def _chosen(blocks: Sequence[Block], asked: Asked, named: str, hidden: Sequence[HiddenSheet]) -> Block | None:
    """Return the plan to read; with several, the one of the name or of the answer, else None."""
    if named:
        found = _named(blocks, named)
        if len(found) == 1:
            return found[0]
        known = ", ".join([*(block.name for block in blocks), *hidden_names(hidden)])
        raise UnknownTarget(_("There is no plan “%(name)s” in the file. There are: %(known)s.") % {"name": named, "known": known})
    if len(blocks) == 1:
        return blocks[0]
    names = [f"{number}. {block.name}" for number, block in enumerate(blocks, start=1)]
    choices = [Choice(f"plan-{number}", text) for number, text in enumerate(names, start=1)]
    text = _("The file holds several plans: %(names)s. Which one is imported?") % {"names": ", ".join(names)}
    answer = asked.ask("plan", names, text, choices)
    return next((block for choice, block in zip(choices, blocks, strict=True) if choice.code == answer), None)


def remembered_fields(unit: Unit) -> dict[str, str]:
    """Return the fields that the unit (else a unit above it, the nearest first) has chosen for headings before."""
    known: dict[str, str] = {}
    ancestors = [unit.path[: end + 1] for end, letter in enumerate(unit.path) if letter == "/" and end]
    for said in ColumnMapping.objects.filter(unit__path__in=ancestors).order_by("unit__path"):
        known[said.heading] = said.field
    return known


def remember(unit: Unit, mapping: Mapping[str, str]) -> None:
    """Save the field chosen for each heading, for the unit's next import."""
    for heading, code in mapping.items():
        ColumnMapping.objects.update_or_create(unit=unit, heading=normalise_heading(heading), defaults={"field": code})


def _of_wrapped_lines() -> PlanProblem:
    message = _(
        "In a PDF line ends and hyphens at the end of a line are the page's, not the text's: a text that is changed would lose "
        "its own. Import the Excel, Word or JSON file of the report where there is one."
    )
    return PlanProblem(message, "warning")


def _no_heading() -> PlanProblem:
    wanted = f"{Field.TITLE.label} + {Field.CONTROL.label} / {Field.SCORE.label}"
    message = _("No heading row was found. A table needs at least a column for the risk and one more, for instance: %(wanted)s.")
    return PlanProblem(message % {"wanted": wanted})
