"""Moves between two years' plans: the later year's risks beside those they were carried over from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from riskreg.access.sight import confidential_open_to
from riskreg.database.compiled import compiled_subquery
from riskreg.heatmap.as_of import SEEN, Move, Pair, Remembered, Seen, greatest_first
from riskreg.heatmap.codes import HIDDEN_WHEN_CONFIDENTIAL, OPEN, Moment, State, code_lookup, decode_state, is_hidden
from riskreg.models import Risk, User

MOST_STEPS = 6
"""Years that carry-over links are followed back."""


def links(steps: int) -> list[str]:
    """Return the lookup paths of one to `steps` carry-overs back."""
    return ["__".join(["carried_from"] * number) for number in range(1, min(max(steps, 1), MOST_STEPS) + 1)]


def _openness(user: User) -> Any:
    """Return the expression for how much of the ancestor, which the user sees today, is hidden from them."""
    condition = confidential_open_to(user)
    if condition is None:
        return Value(OPEN)
    open_ones = compiled_subquery(Risk.objects.filter(condition))
    cases = When(ancestor__in=open_ones, then=Value(OPEN))
    return Case(cases, default=Value(HIDDEN_WHEN_CONFIDENTIAL), output_field=IntegerField())


@dataclass(frozen=True)
class AcrossYears:
    """Two years' plans side by side."""

    earlier: Remembered
    later: Remembered
    year: int
    """The earlier year."""
    steps: int
    """The number of years between; a link reaches at least one."""

    def _linked(self, risks: QuerySet[Any], before: Moment) -> QuerySet[Any]:
        """Annotate the later risks with `ancestor`, the earlier year's risk they come from.

        Only where the user sees the ancestor today.
        """
        visible = compiled_subquery(Risk.objects.visible_to(self.later.user))
        paths = links(self.steps)
        here = {link: Q(**{f"{link}__plan__year": self.year, f"{link}__in": visible}) for link in paths}
        matrices = (When(here[link], then=F(f"{link}__plan__matrix_id")) for link in paths)
        risks = risks.annotate(
            ancestor=Case(*(When(here[link], then=F(f"{link}_id")) for link in paths), output_field=IntegerField()),
            scored_by=Case(*matrices, output_field=IntegerField()),
        )
        there = self.earlier.reached & self.earlier.counted
        code = code_lookup(before.columns, Value(before.end), "ancestor", there)
        return risks.annotate(before=code, ancestor_kept=_openness(self.later.user))

    def moves(self, before: Moment, after: Moment) -> list[Move]:
        """Count the moves between the years.

        Two queries: the later year's risks with their ancestors, and the earlier year's, for those that are gone.
        """
        return self.moves_and_hidden(before, after)[0]

    def moves_and_hidden(self, before: Moment, after: Moment) -> tuple[list[Move], int]:
        """Return the moves, and the number of risks of either year hidden from the user."""
        left: Counter[tuple[State, int | None]] = Counter()
        tallies, hidden = self.earlier.tallies_and_hidden(before, by_matrix=True)
        for tally in tallies:
            left[State(tally.likelihood, tally.impact, tally.score), tally.matrix_id] += tally.number
        rows = self._linked(self.later.coded(after=after), before)
        made: Counter[tuple[State | None, State | None, int | None]] = Counter()
        for row in rows.values("before", "after", "kept", "ancestor_kept", "scored_by").annotate(number=Count("*")):
            one, other = decode_state(row["before"], row["ancestor_kept"]), decode_state(row["after"], row["kept"])
            hidden += row["number"] * is_hidden(row["after"], row["kept"])
            if other is None:
                continue  # Gone: what is left of the earlier year says so.
            made[one, other, row["scored_by"] if one is not None else None] += row["number"]
            if one is not None:
                left[one, row["scored_by"]] -= row["number"]
        for (state, matrix), number in left.items():
            if number > 0:
                made[state, None, matrix] += number
        return [Move(one, other, number, matrix) for (one, other, matrix), number in made.items()], hidden

    def pairs(self, before: Moment, after: Moment) -> list[Pair]:
        """Return the later year's risks with their earlier state, then the earlier year's that are gone; two queries.

        Reads all risks: for few risks, or for a user who asked to have them named.
        """
        was = self.earlier.states(before)
        linked = self._linked(self.later.shown(after=after), before).filter(after__gt=0).order_by("plan", "number")
        made: list[Pair] = []
        carried = set()
        for *seen, ancestor, code, kept in linked.values_list(*SEEN, "ancestor", "after", "kept"):
            state = decode_state(code, kept)
            if state is not None:
                carried.add(ancestor)
                made.append((Seen(*seen), was[ancestor][1] if ancestor in was else None, state))
        return made + [(seen, state, None) for pk, (seen, state) in was.items() if pk not in carried]


@dataclass(frozen=True)
class Chains:
    """The last of several years' risks, each followed back to the first of these years that it was carried over from."""

    looks: Sequence[tuple[int, Remembered, Moment]]
    """(year, its risks, when they are looked at), the earliest year first; at least two."""

    @property
    def _paths(self) -> list[str]:
        return links(self.looks[-1][0] - self.looks[0][0])

    def biggest(self, most: int) -> list[tuple[Seen, State, State]]:
        """Return the risks whose score changed most since the first year; two queries.

        Only risks scored by one matrix then and now.
        """
        *_earlier, (_year, last, after) = self.looks
        user, matrix = last.user, F("plan__matrix_id")
        visible = compiled_subquery(Risk.objects.visible_to(user))
        years = [year for year, _remembered, _moment in self.looks[:-1]]
        farthest = list(reversed(self._paths))
        here = {
            path: Q(**{f"{path}__plan__year__in": years, f"{path}__plan__matrix_id": matrix, f"{path}__in": visible})
            for path in farthest
        }
        risks = last.shown(after=after).annotate(
            ancestor=Case(*(When(here[path], then=F(f"{path}_id")) for path in farthest), output_field=IntegerField()),
            of_year=Case(*(When(here[path], then=F(f"{path}__plan__year")) for path in farthest), output_field=IntegerField()),
        )
        ends = (When(of_year=year, then=Value(moment.end)) for year, _remembered, moment in self.looks[:-1])
        risks = risks.filter(ancestor__isnull=False).annotate(end=Case(*ends, output_field=DateTimeField()))
        before = code_lookup(after.columns, OuterRef("end"), "ancestor", last.reached & last.counted)
        risks = risks.annotate(before=before, ancestor_kept=_openness(user))
        return greatest_first(risks, most, kept_before="ancestor_kept")

    def of(self, risks: Sequence[int]) -> list[dict[int, int]]:
        """Return for each look {ancestor: risk}, the risks of its year that these (few) come from; one query."""
        year_at = {year: index for index, (year, _remembered, _moment) in enumerate(self.looks)}
        made: list[dict[int, int]] = [{} for _look in self.looks]
        made[-1].update({pk: pk for pk in risks})
        paths = self._paths
        columns = [name for path in paths for name in (f"{path}_id", f"{path}__plan__year")]
        for pk, *found in Risk.objects.filter(pk__in=risks).values_list("pk", *columns):
            for ancestor, year in zip(found[::2], found[1::2], strict=True):
                if ancestor is not None and year in year_at:
                    made[year_at[year]].setdefault(ancestor, pk)
        return made
