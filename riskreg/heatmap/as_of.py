"""The heatmap as of a day: the risks as they were at the end of a day, and those that moved between two days.

Risks are counted by their codes (riskreg/heatmap/codes.py), in the database.

Visibility: the user must reach the risk today, and must reach the place of its row of the day; a risk that was
confidential that day, or is today, is shown only to a user who may see it if it is confidential. For the others it is
counted as hidden, by unit only and never by the other filters: a search that counts would tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from riskreg.access.sight import confidential_open_to, reached_by
from riskreg.heatmap.cells import Tally
from riskreg.heatmap.codes import (
    CONFIDENTIAL,
    HIDDEN,
    HIDDEN_WHEN_CONFIDENTIAL,
    OPEN,
    Moment,
    State,
    code_at,
    decode_state,
    is_hidden,
    kept_from,
)
from riskreg.models import Risk, User


class Seen(NamedTuple):
    """A risk by its name of today, for the pages that show few of them one by one."""

    pk: int
    title: str
    number: int
    year: int
    unit: str

    @property
    def reference(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def url(self) -> str:
        return reverse("risk", args=[self.pk])


_PAIR = 2**26
"""Greater than any code: two codes as one number."""
SEEN = ("pk", "title", "number", "plan__year", "unit__name")
Pair = tuple[Seen, State | None, State | None]


class Move(NamedTuple):
    """The number of risks that went from one state to another. `matrix_id`: what scored them before.

    A state of None means that they did not exist.
    """

    before: State | None
    after: State | None
    number: int
    matrix_id: int | None = None


@dataclass(frozen=True)
class Remembered:
    """The risks of some plans that a user reaches today, looked at on any day.

    `where` (the unit as it was) and `counted` (category, owner as they were) narrow the day's own rows; what is hidden is
    narrowed by `where` alone. Every method is one query.
    """

    user: User
    risks: QuerySet[Risk]
    counted: Q = field(default_factory=Q)
    where: Q = field(default_factory=Q)

    @classmethod
    def of(cls, user: User, counted: Q | None = None, where: Q | None = None) -> Remembered:
        """Return all of the user's risks, also those confidential today: each method hides what it must."""
        return cls(user, Risk.objects.filter(reached_by(user)), counted or Q(), where or Q())

    def narrowed(self, risks: QuerySet[Risk]) -> Remembered:
        return replace(self, risks=risks)

    @property
    def reached(self) -> Q:
        return reached_by(self.user) & self.where

    @property
    def _with_history(self) -> QuerySet[Risk]:
        """All risks that ever existed; a plain join, so that the databases need not plan for missing spans."""
        return self.risks.filter(span__isnull=False)

    def coded(self, **moments: Moment) -> QuerySet[Any]:
        """Annotate the risks with their code at each moment and with how much of them is hidden, for counting."""
        codes = {name: code_at(moment, self.reached, self.counted) for name, moment in moments.items()}
        return self._with_history.order_by().annotate(kept=kept_from(self.user), **codes)

    def shown(self, **moments: Moment) -> QuerySet[Any]:
        """Annotate like `coded`, without the risks that the filters exclude, for showing risks one by one."""
        codes = {name: code_at(moment, self.reached & self.counted) for name, moment in moments.items()}
        risks = self._with_history.annotate(kept=kept_from(self.user), **codes)
        return risks if confidential_open_to(self.user) is None else risks.exclude(kept=HIDDEN)

    def tallies(self, moment: Moment, *, by_matrix: bool = False) -> list[Tally]:
        """Count the risks by factors and score, as heatmap() takes them."""
        return self.tallies_and_hidden(moment, by_matrix=by_matrix)[0]

    def tallies_and_hidden(self, moment: Moment, *, by_matrix: bool = False) -> tuple[list[Tally], int]:
        """Return the tallies, and the number of risks hidden from the user."""
        columns = ["code", "kept", *(["plan__matrix"] if by_matrix else [])]
        made: Counter[tuple[State, int | None]] = Counter()
        hidden = 0
        for row in self.coded(code=moment).values(*columns).annotate(number=Count("*")):
            hidden += row["number"] * is_hidden(row["code"], row["kept"])
            state = decode_state(row["code"], row["kept"])
            if state is not None:
                made[state, row.get("plan__matrix")] += row["number"]
        return [Tally(*state, matrix, number) for (state, matrix), number in made.items()], hidden

    def states(self, moment: Moment) -> dict[int, tuple[Seen, State]]:
        """Return each risk that existed at the moment, with its state. For few risks."""
        rows = self.shown(code=moment).filter(code__gt=0).order_by("plan", "number").values_list(*SEEN, "code", "kept")
        found = ((Seen(*row[:5]), decode_state(row[5], row[6])) for row in rows)
        return {seen.pk: (seen, state) for seen, state in found if state is not None}

    def moves(self, before: Moment, after: Moment) -> list[Move]:
        """Count the risks by state before and state after; those that existed in neither are left out."""
        return self.moves_and_hidden(before, after)[0]

    def moves_and_hidden(self, before: Moment, after: Moment) -> tuple[list[Move], int]:
        """Return the moves, and the number of risks hidden from the user on either day."""
        rows = self.coded(before=before, after=after).values("before", "after", "kept").annotate(number=Count("*"))
        made: Counter[tuple[State | None, State | None]] = Counter()
        hidden = 0
        for row in rows:
            one, other, kept = row["before"], row["after"], row["kept"]
            hidden += row["number"] * (is_hidden(one, kept) or is_hidden(other, kept))
            made[decode_state(one, kept), decode_state(other, kept)] += row["number"]
        return [Move(*pair, number) for pair, number in made.items() if pair != (None, None)], hidden

    def pairs(self, before: Moment, after: Moment) -> list[Pair]:
        """Return (risk, before, after) for the risks that existed on either day. For few risks."""
        return self._read(self.shown(before=before, after=after).filter(Q(before__gt=0) | Q(after__gt=0)))

    def those(self, were: Sequence[tuple[Moment, State | None]]) -> QuerySet[Any, Any]:
        """Return the risks with these states at these moments (None: not there), by number.

        The rows hold the columns of Seen, to be shown by the page.
        """
        names = [f"code_{index}" for index in range(len(were))]
        risks = self.shown(**{name: moment for name, (moment, _state) in zip(names, were, strict=True)})
        hides = confidential_open_to(self.user) is not None
        for name, (_moment, state) in zip(names, were, strict=True):
            if state is not None:
                plain, confidential = state.codes
                risks = risks.filter(Q(**{name: plain}) | Q(kept=OPEN, **{name: confidential}))
            elif hides:  # What is hidden is as good as not there.
                risks = risks.alias(**{f"{name}_secret": F(name).bitand(CONFIDENTIAL)})
                secret = Q(kept=HIDDEN_WHEN_CONFIDENTIAL, **{f"{name}_secret": CONFIDENTIAL})
                risks = risks.filter(Q(**{name: 0}) | secret)
            else:
                risks = risks.filter(**{name: 0})
        return risks.order_by("plan", "number").values_list(*SEEN)

    def biggest(self, before: Moment, after: Moment, most: int) -> list[tuple[Seen, State, State]]:
        """Return (risk, before, after) for the greatest changes of score between the days, the greatest first."""
        return greatest_first(self.shown(before=before, after=after), most)

    def _read(self, risks: QuerySet[Any]) -> list[Pair]:
        rows = risks.order_by("plan", "number").values_list(*SEEN, "before", "after", "kept")
        made = [(Seen(*seen), decode_state(one, kept), decode_state(other, kept)) for *seen, one, other, kept in rows]
        return [row for row in made if row[1] is not None or row[2] is not None]


def greatest_first(risks: QuerySet[Any], most: int, *, kept_before: str = "kept") -> list[tuple[Seen, State, State]]:
    """Return the risks with the greatest change of score between the codes `before` and `after`; two queries.

    First the changes are counted, then the risks of the greatest are read: sorting the risks themselves would look each of
    them up again for every mention of a code.
    """
    columns = list(dict.fromkeys(["before", "after", "kept", kept_before]))
    found = []
    for row in risks.order_by().values(*columns).annotate(number=Count("*")):
        one, other = decode_state(row["before"], row[kept_before]), decode_state(row["after"], row["kept"])
        if one and other and one.score and other.score and one.score != other.score:
            found.append((abs(other.score - one.score), row["before"] * _PAIR + row["after"], row["number"]))
    found.sort(reverse=True)
    asked: set[int] = set()
    number = 0
    for _change, pair, of_pair in found:
        if number >= most:
            break
        asked.add(pair)
        number += of_pair
    if not asked:
        return []
    both = Cast("before", BigIntegerField()) * Value(_PAIR) + F("after")
    risks = risks.alias(pair=ExpressionWrapper(both, output_field=BigIntegerField())).filter(pair__in=asked)
    made = []
    for row in risks.values_list(*SEEN, "before", "after", "kept", kept_before):
        one, other = decode_state(row[-4], row[-1]), decode_state(row[-3], row[-2])
        if one is not None and other is not None:
            made.append((Seen(*row[: len(SEEN)]), one, other))
    made.sort(key=lambda row: (-abs((row[2].score or 0) - (row[1].score or 0)), row[0].pk))
    return made[:most]


def tallies_through(looks: Sequence[tuple[Remembered, Moment]]) -> list[tuple[list[Tally], int]]:
    """Return the tallies of each look, and its number of hidden risks, in one query however many looks there are."""
    asked = []
    for index, (remembered, moment) in enumerate(looks):
        risks = remembered.coded(code=moment).annotate(look=Value(index))
        asked.append(risks.values("look", "code", "kept").annotate(number=Count("*")))
    made: list[Counter[State]] = [Counter() for _look in looks]
    hidden = [0 for _look in looks]
    for row in union_rows(asked):
        hidden[row["look"]] += row["number"] * is_hidden(row["code"], row["kept"])
        state = decode_state(row["code"], row["kept"])
        if state is not None:
            made[row["look"]][state] += row["number"]
    return [
        ([Tally(*state, None, number) for state, number in counts.items()], secret)
        for counts, secret in zip(made, hidden, strict=True)
    ]


def scores_through(looks: Sequence[tuple[Remembered, Moment]], risks: Sequence[Sequence[int]]) -> list[dict[int, int | None]]:
    """Return the scores of these risks (few) at each look, by their keys, where they existed; one query."""
    asked = []
    for index, ((remembered, moment), those) in enumerate(zip(looks, risks, strict=True)):
        chosen = remembered.shown(code=moment).filter(pk__in=those).order_by().annotate(look=Value(index))
        asked.append(chosen.values_list("look", "pk", "code", "kept"))
    made: list[dict[int, int | None]] = [{} for _look in looks]
    for look, pk, code, kept in union_rows(asked):
        state = decode_state(code, kept)
        if state is not None:
            made[look][pk] = state.score
    return made


def union_rows(asked: Sequence[QuerySet[Any, Any]]) -> Iterable[Any]:
    """Return the rows of all the querysets, by one query."""
    if len(asked) < 2:
        return asked[0] if asked else ()
    return asked[0].union(*asked[1:], all=True)
