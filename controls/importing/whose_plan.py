"""Whose plan the file says it is: its lines above the headings against the unit and the year that were chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from controls.importing.problems import PlanProblem
from controls.importing.target import Target
from controls.importing.words import name_key
from riskreg.importing.blocks import Block
from riskreg.importing.cells import Table
from riskreg.models import Unit

# A year of its own: no part of a date (2025-01-27), of a registry number (KS 2024/587) or of a span of years.
_YEAR = re.compile(r"(?<![\d/–-])20\d\d(?![\d/–-])")
_TELLS_WHAT_IT_IS = re.compile(
    r"kontroll|plan|uppföljning|bokslut|risk|nämnd|styrelse|control|committee|follow-up|closing", re.IGNORECASE
)


def warn_of_another(block: Block, tables: Sequence[Table], target: Target) -> list[PlanProblem]:
    """Return a warning for each of year and unit that the file's own lines name otherwise than the target."""
    lines = list(dict.fromkeys(line for line in _lines_above(block, tables) if _TELLS_WHAT_IT_IS.search(line)))
    return [*_of_another_year(lines, target), *_of_another_unit(lines, target)]


def _lines_above(block: Block, tables: Sequence[Table]) -> list[str]:
    """Return the texts above the plan's first heading row: beside its table, and in the table itself."""
    if not block.heading_rows:
        return [block.title]
    number, index = block.heading_rows[0]
    table = tables[number]
    above = [" ".join(cell.text for cell in row if cell.text) for row in table.rows[:index]]
    return [block.title, *(table.heading or "").split("\n"), *above]


def _of_another_year(lines: Iterable[str], target: Target) -> list[PlanProblem]:
    naming = {line: years for line in lines if (years := {int(year) for year in _YEAR.findall(line)})}
    if not naming or any(target.year in years for years in naming.values()):
        return []
    message = _("The file calls itself “%(line)s”, but is imported for %(year)d. Choose the other year if that is the right one.")
    return [PlanProblem(message % {"line": next(iter(naming)), "year": target.year}, "warning")]


def _of_another_unit(lines: Iterable[str], target: Target) -> list[PlanProblem]:
    """Return a warning where a line names another unit, and none names the target or a unit above or below it."""
    below_the_top = Unit.objects.filter(path__startswith=target.unit.root_path, parent__isnull=False).order_by("path")
    found = [(line, unit) for line in lines for unit in below_the_top if _names(line, unit)]
    if not found or any(unit.is_within(target.unit) or target.unit.is_within(unit) for _line, unit in found):
        return []
    message = _("The file calls itself “%(line)s”, but is imported for %(unit)s. Choose the other unit if that is the right one.")
    return [PlanProblem(message % {"line": found[0][0], "unit": target.unit}, "warning")]


def _names(line: str, unit: Unit) -> bool:
    return re.search(rf"(?<!\w){re.escape(name_key(unit.name))}(?!\w)", name_key(line)) is not None
