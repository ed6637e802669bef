"""Moves between two heatmaps in words: raised, lowered, moved at the same score, new, gone, unchanged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from riskreg.heatmap.as_of import Move, Pair, Seen
from riskreg.heatmap.cells import Tally
from riskreg.heatmap.codes import State
from riskreg.models import RiskBand, RiskMatrix
from riskreg.numbers import number_text


class Kind(StrEnum):
    RAISED = "raised"
    LOWERED = "lowered"
    MOVED = "moved"
    NEW = "new"
    GONE = "gone"
    RESCALED = "rescaled"
    SAME = "same"

    @property
    def label(self) -> Any:
        return _LABELS[self]

    @property
    def symbol(self) -> str:
        return {"raised": "↗", "lowered": "↘", "moved": "→", "new": "+", "gone": "−", "rescaled": "≠", "same": "="}[self.value]

    @property
    def tone(self) -> str:
        return {"raised": "critical", "lowered": "low", "moved": "ongoing", "new": "high"}.get(self.value, "none")


_LABELS = {
    Kind.RAISED: gettext_lazy("Raised"),
    Kind.LOWERED: gettext_lazy("Lowered"),
    Kind.MOVED: gettext_lazy("Moved at the same score, or newly assessed"),
    Kind.NEW: gettext_lazy("New"),
    Kind.GONE: gettext_lazy("Gone"),
    Kind.RESCALED: gettext_lazy("Scored by another matrix before"),
    Kind.SAME: gettext_lazy("Unchanged"),
}


def kind_of(before: State | None, after: State | None) -> Kind:
    """Return the kind of change between two states; None means that the risk did not exist."""
    if before is None or after is None:
        return Kind.NEW if before is None else Kind.GONE
    if before == after:
        return Kind.SAME
    if before.score is None or after.score is None or before.score == after.score:
        return Kind.MOVED
    return Kind.RAISED if after.score > before.score else Kind.LOWERED


def state_in_words(state: State | None) -> str:
    """Return "3 × 4 = 12", or the score alone, or "–" when the risk did not exist."""
    if state is None:
        return "–"
    if state.is_placed:
        return f"{state.likelihood} × {state.impact} = {state.score}"
    return _("Not scored") if state.score is None else _("%(score)d, not placed") % {"score": state.score}


@dataclass
class Change:
    """The number of risks that moved the same way; `risks` are filled only where they are few."""

    kind: Kind
    before: State | None
    after: State | None
    number: int
    band_before: RiskBand | None = None
    band_after: RiskBand | None = None
    risks: list[Seen] = field(default_factory=list)

    @property
    def words(self) -> str:
        return f"{self.kind.label}: {state_in_words(self.before)} → {state_in_words(self.after)}: {number_text(self.number)}."

    @property
    def before_words(self) -> str:
        return state_in_words(self.before)

    @property
    def after_words(self) -> str:
        return state_in_words(self.after)

    @property
    def is_arrow(self) -> bool:
        """True if the change goes from one cell to another."""
        both = self.before is not None and self.after is not None
        return both and self.kind in {Kind.RAISED, Kind.LOWERED, Kind.MOVED} and self._is_placed

    @property
    def _is_placed(self) -> bool:
        return all(state is not None and state.is_placed for state in (self.before, self.after))


@dataclass
class Changes:
    """Everything that moved, the greatest rise first; the unchanged are a number."""

    changes: list[Change]
    unchanged: int = 0

    def number(self, kind: Kind) -> int:
        return sum(change.number for change in self.changes if change.kind is kind)

    @property
    def totals(self) -> list[tuple[Kind, int]]:
        """Each kind with its number; kinds without any are left out, except the unchanged."""
        counted = [(kind, self.number(kind)) for kind in Kind if kind is not Kind.SAME]
        return [*((kind, number) for kind, number in counted if number), (Kind.SAME, self.unchanged)]

    def in_words(self) -> Iterator[str]:
        for change in self.changes:
            yield change.words
        yield f"{Kind.SAME.label}: {number_text(self.unchanged)}."

    def show(self, pairs: Iterable[Pair]) -> None:
        """Fill in the risks (few) of each change."""
        by_way: dict[tuple[State | None, State | None], list[Seen]] = defaultdict(list)
        for seen, before, after in pairs:
            by_way[before, after].append(seen)
        for change in self.changes:
            change.risks = by_way.get((change.before, change.after), [])


def changes(moves: Iterable[Move], matrix: RiskMatrix) -> Changes:
    """Return the moves as changes in this matrix; those scored by another matrix before are not compared, but named."""
    made: dict[tuple[Kind, State | None, State | None], Change] = {}
    unchanged = 0
    for move in moves:
        kind = kind_of(move.before, move.after)
        if kind not in {Kind.NEW, Kind.GONE} and move.matrix_id not in {None, matrix.pk}:
            kind = Kind.RESCALED
        if kind is Kind.SAME:
            unchanged += move.number
            continue
        own_scale = move.matrix_id in {None, matrix.pk}
        key = (kind, move.before, move.after)
        if key not in made:
            made[key] = Change(
                kind,
                move.before,
                move.after,
                0,
                band_before=matrix.band_of(move.before.score) if move.before and own_scale else None,
                band_after=matrix.band_of(move.after.score) if move.after else None,
            )
        made[key].number += move.number
    order = list(Kind)

    def place(change: Change) -> tuple[Any, ...]:
        scores = [state.score or 0 if state else 0 for state in (change.before, change.after)]
        return order.index(change.kind), -abs(scores[1] - scores[0]), -max(scores), scores

    return Changes(sorted(made.values(), key=place), unchanged)


def tallies_after(moves: Iterable[Move]) -> list[Tally]:
    """Return the tallies of the later heatmap."""
    return [Tally(*move.after, None, move.number) for move in moves if move.after is not None]
