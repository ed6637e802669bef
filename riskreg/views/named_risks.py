"""Names of the risks behind one of the look back's numbers, page by page, where they are too many to name at once.

Asked for by `which`: the risks' state, or the states before and after ("2.2.4~4.3.12"; "-" for not there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator

from riskreg.heatmap.as_of import Seen
from riskreg.heatmap.changes import state_in_words
from riskreg.heatmap.codes import State
from riskreg.views.looks_back import LooksBack

PER_PAGE = 50
_STATE = r"-|\d{1,2}\.\d{1,2}\.\d{1,5}"
_WHICH = re.compile(rf"(?:({_STATE})~)?({_STATE})", re.ASCII)


def state_code(state: State | None) -> str:
    """Return a state as the address has it."""
    return "-" if state is None else ".".join(str(part or 0) for part in state)


def _read(text: str) -> State | None:
    return None if text == "-" else State(*(int(part) or None for part in text.split(".")))


def which_of(before: State | None, after: State | None) -> str:
    """Return the states before and after as the address has them."""
    return f"{state_code(before)}~{state_code(after)}"


@dataclass(frozen=True, slots=True)
class NamedRisks:
    """A page of the names; `words` say what the risks are."""

    words: str
    page: Page[Any]


class _Rows:
    """The names, read a page at a time; their number is known already."""

    def __init__(self, rows: Any, number: int) -> None:
        self.rows, self.number = rows, number

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, part: slice) -> list[Seen]:
        return [one if isinstance(one, Seen) else Seen(*one) for one in self.rows[part]]


class NamesRisks(LooksBack):
    """A look back that names, page by page, the risks that `which` asks for."""

    @cached_property
    def named(self) -> NamedRisks | None:
        """The named risks; None where nothing, or nothing readable, is asked for."""
        found = _WHICH.fullmatch(self.request.GET.get("which", ""))
        if found is None or self.heat is None:
            return None
        after, is_move = _read(found[2]), found[1] is not None
        before = _read(found[1]) if is_move else None
        if is_move and self.moves is None:
            return None
        words = f"{state_in_words(before)} → {state_in_words(after)}" if is_move else state_in_words(after)
        rows = self.rows_where(after, before=before, is_move=is_move)
        names: Any = _Rows(rows, self._number(before, after, is_move))
        page: Page[Any] = Paginator(names, PER_PAGE).get_page(self.request.GET.get("page"))
        return NamedRisks(words, page)

    def _number(self, before: State | None, after: State | None, is_move: bool) -> int:
        if self.moves is not None:
            return sum(move.number for move in self.moves if move.after == after and (not is_move or move.before == before))
        matrices = {None, self.heat.matrix.pk if self.heat else None}
        tallies = [tally for tally in self.tallies if tally.matrix_id in matrices]
        return sum(tally.number for tally in tallies if State(tally.likelihood, tally.impact, tally.score) == after)
