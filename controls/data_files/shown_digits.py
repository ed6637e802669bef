"""Numbers that a spreadsheet shows with leading zeros or set apart (00123, 556000-0000): keys and codes, taken as they are shown.

Such a format has nothing but zeros and what stands between them; amounts have other formats and stay what the cell holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_LITERAL = re.compile(r'"([- ]*)"|\\([- ])|\[\$-[^\]]*\]')
_TEMPLATE = re.compile(r"00[0 -]*0|00")
_SET_APART = re.compile(r"\d+(?:[- ]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?: \d{3})+")


def template_of(code: str) -> str:
    """Return what a number format puts digits into, each 0 one digit (000000-0000); '' for any other format."""
    first, *rest = code.split(";")
    if any(section.strip() not in ("", "@") for section in rest):
        return ""
    template = _LITERAL.sub(lambda found: found[1] or found[2] or "", first).strip()
    return template if _TEMPLATE.fullmatch(template) else ""


def filled_in(template: str, digits: str) -> str:
    """Return the digits as the template shows them, from the right; more digits than it has stand at its left."""
    left = list(digits)
    made = [(left.pop() if left else "0") if sign == "0" else sign for sign in reversed(template)]
    return "".join(left) + "".join(reversed(made))


def shown_digits(seen: str, value: str) -> str:
    """Return what a cell shows of a whole number, where that is its digits with zeros before or set apart; else ''."""
    if not value.isdecimal() or seen == value or not _SET_APART.fullmatch(seen) or _THOUSANDS.fullmatch(seen):
        return ""
    digits = seen.replace("-", "").replace(" ", "")
    return seen if digits.lstrip("0") == value.lstrip("0") else ""


@dataclass(slots=True)
class Templates:
    """The templates of a sheet's cells, by column, in runs of rows; they are noted and asked in the order of rows."""

    runs: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    _at: dict[int, int] = field(default_factory=dict)

    def note(self, row: int, column: int, template: str) -> None:
        """Say that a cell has the template; an earlier row is never noted after a later one."""
        runs = self.runs.setdefault(column, [])
        if runs and runs[-1][1] == row - 1 and runs[-1][2] == template:
            runs[-1] = runs[-1][0], row, template
        else:
            runs.append((row, row, template))

    def of(self, row: int) -> Iterable[tuple[int, str]]:
        """Yield (column, template) of the row's cells; rows are asked for in their order."""
        for column, runs in self.runs.items():
            at = self._at.get(column, 0)
            while at < len(runs) and runs[at][1] < row:
                at += 1
            self._at[column] = at
            if at < len(runs) and runs[at][0] <= row:
                yield column, runs[at][2]


def templates_of(codes: Mapping[str, str]) -> dict[str, str]:
    """Return the template of each style whose number format has one."""
    return {style: template for style, code in codes.items() if (template := template_of(code))}
