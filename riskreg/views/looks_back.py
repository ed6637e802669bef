"""The subject of a page that looks back: which risks, on which days, and what moved between them."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from riskreg.charts.svg import SCREEN
from riskreg.filtering.history import AFTER, BOTH, HistoryFilter
from riskreg.heatmap.as_of import Move, Pair, Remembered
from riskreg.heatmap.cells import Heatmap, Tally, heatmap
from riskreg.heatmap.changes import Changes, Kind, changes, tallies_after
from riskreg.heatmap.codes import Moment, State
from riskreg.heatmap.drawing import draw
from riskreg.heatmap.years import AcrossYears
from riskreg.views.scope import ScopedToRisks

FEW = 60
"""Up to so many risks are named one by one."""


def in_words(day: date) -> str:
    """Return the day in words."""
    return formats.date_format(day, "DATE_FORMAT")


class LooksBack(ScopedToRisks):
    """The content of the page and the files: the heatmap of a day and, in a comparison, what moved."""

    filterset_class: type[HistoryFilter] = HistoryFilter

    @property
    def filter(self) -> HistoryFilter:
        found = self.scope.filter
        assert isinstance(found, HistoryFilter)
        return found

    @cached_property
    def shows(self) -> Moment:
        return Moment(self.filter.shown_day, after_controls=self.filter.chosen.get("values") in {AFTER, BOTH})

    @cached_property
    def beside(self) -> Moment | None:
        """The moment compared with: before controls, or the other day."""
        if self.filter.chosen.get("values") == BOTH:
            return Moment(self.filter.shown_day)
        day = self.filter.before_day
        return None if day is None else Moment(day, after_controls=self.shows.after_controls)

    def remembered(self, year: int | None) -> Remembered:
        found = Remembered.of(self.scope.user, self.filter.counted, self.filter.where)
        return found.narrowed(self.filter.risks_of(found.risks, year))

    @cached_property
    def _source(self) -> Remembered | AcrossYears:
        year, other = self.filter.shown_year, self.filter.before_year
        if other is None or year is None or self.filter.chosen.get("values") == BOTH:
            found = self.remembered(year)
            matrix = self.filter.shown_matrix
            if self.beside is not None and self.filter.several_matrices and matrix is not None:
                return found.narrowed(found.risks.filter(plan__matrix=matrix.pk))
            return found
        earlier, later = sorted((year, other))
        return AcrossYears(self.remembered(earlier), self.remembered(later), year=earlier, steps=later - earlier)

    @property
    def is_turned(self) -> bool:
        """True if the day compared with is the later one: then it is shown, and the other is what was before."""
        if self.beside is None or self.filter.chosen.get("values") == BOTH:
            return False
        year, other = self.filter.shown_year, self.filter.before_year
        if year is not None and other is not None:
            return other > year
        return self.beside.day > self.shows.day

    @cached_property
    def ends(self) -> tuple[Moment | None, Moment]:
        """The moments before (None: nothing is compared) and after."""
        if self.is_turned and self.beside is not None:
            return self.shows, self.beside
        return self.beside, self.shows

    hidden = 0
    """The number of confidential risks hidden from the reader on the days shown; known once `heat` is."""

    @cached_property
    def moves(self) -> list[Move] | None:
        before, after = self.ends
        if before is None:
            return None
        moves, self.hidden = self._source.moves_and_hidden(before, after)
        return moves

    @cached_property
    def tallies(self) -> list[Tally]:
        """The counts of the day shown, where nothing is compared."""
        assert isinstance(self._source, Remembered)
        tallies, self.hidden = self._source.tallies_and_hidden(self.shows, by_matrix=self.filter.several_matrices)
        return tallies

    @cached_property
    def heat(self) -> Heatmap | None:
        """The heatmap; None when what was asked for has no plan, and so no matrix."""
        matrix = self.filter.shown_matrix
        if matrix is None or not self.scope.is_valid:
            return None
        if self.moves is not None:
            return heatmap(matrix, tallies_after(self.moves))
        return heatmap(matrix, self.tallies)

    @cached_property
    def moved(self) -> Changes | None:
        if self.heat is None or self.moves is None:
            return None
        if self.filter.chosen.get("values") != BOTH:
            return changes(self.moves, self.heat.matrix)
        # Where only one of them is stated, nothing has moved: the heatmap counts it as not stated.
        stated = [one for one in self.moves if one.before and one.after and one.before.score and one.after.score]
        return changes(stated, self.heat.matrix)

    @cached_property
    def listed(self) -> list[Pair]:
        """The risks one by one, where they are few; none else."""
        heat, (before, after) = self.heat, self.ends
        gone = self.moved.number(Kind.GONE) if self.moved is not None else 0
        if heat is None or heat.total + gone > FEW:
            return []
        if before is not None:
            return self._source.pairs(before, after)
        assert isinstance(self._source, Remembered)
        return [(seen, None, state) for seen, state in self._source.states(after).values()]

    def rows_where(self, after: State | None, *, before: State | None = None, is_move: bool) -> Any:
        """Return the names of the risks that became `after` (and were `before`), by number; to be sliced."""
        earlier, later = self.ends
        source = self._source
        if isinstance(source, AcrossYears):
            assert earlier is not None
            pairs = source.pairs(earlier, later)
            return [seen for seen, was, now in pairs if now == after and (not is_move or was == before)]
        if self.heat is not None and self.filter.several_matrices:
            source = source.narrowed(source.risks.filter(plan__matrix=self.heat.matrix.pk))
        were = [(later, after)]
        if is_move and earlier is not None:
            were.insert(0, (earlier, before))
        return source.those(were)

    @property
    def subtitle(self) -> str:
        before, after = self.ends
        if before is None:
            words = _("After controls, as of %(day)s.") if after.after_controls else _("As of %(day)s.")
            return words % {"day": in_words(after.day)}
        if before.day == after.day and before.after_controls != after.after_controls:
            return _("From before to after controls, as of %(day)s.") % {"day": in_words(after.day)}
        words = _("After controls, from %(one)s to %(other)s.") if after.after_controls else _("From %(one)s to %(other)s.")
        return words % {"one": self._side(before, earlier=True), "other": self._side(after, earlier=False)}

    def _side(self, moment: Moment, *, earlier: bool) -> str:
        year, other = self.filter.shown_year, self.filter.before_year
        if year is None or other is None:
            return in_words(moment.day)
        of_year = min(year, other) if earlier else max(year, other)
        return _("the plans for %(year)d as of %(day)s") % {"year": of_year, "day": in_words(moment.day)}

    def drawn(self, *, for_page: bool) -> str:
        assert self.heat is not None
        # The page says beside the picture how many are hidden; a file must say it itself.
        how: dict[str, Any] = {"paint": SCREEN, "as_file": False} if for_page else {"hidden": self.hidden}
        return draw(self.heat, title=self.scope.title, subtitle=self.subtitle, moved=self.moved, **how)
