"""A risk as it stood at a moment, as one number that the database finds and counts: its *code*.

The code holds whether the risk existed, whether it was confidential, whether the filters exclude it, its factors and
its score. For a risk that has not changed since the moment its span holds the code (riskreg/heatmap/history_ends.py), and
for one whose history begins later it did not exist; only for the others it is looked up, in the index
risk_as_of_a_day. No risk is read to be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from riskreg.access.confidential_times import was_opened
from riskreg.access.sight import confidential_open_to
from riskreg.models import Risk, User

_History: Any = Risk.history.model

THERE, CONFIDENTIAL, _BESIDE, _LIKELIHOOD, _IMPACT, SCORE = 1, 2, 4, 8, 128, 2048
"""A code's parts: three bits, then 4 bits for each factor (0 where it is unknown), and above them the score."""

OPEN, HIDDEN_WHEN_CONFIDENTIAL, HIDDEN = 0, 1, 2
"""The degrees to which a risk is hidden from a user: not, on the days it was confidential, on every day."""


class State(NamedTuple):
    """The factors and score of a risk at a moment, None where they were not known."""

    likelihood: int | None
    impact: int | None
    score: int | None

    @property
    def is_placed(self) -> bool:
        return self.likelihood is not None

    @property
    def codes(self) -> list[int]:
        """The codes of a risk in this state, not confidential and confidential."""
        plain = THERE + (self.likelihood or 0) * _LIKELIHOOD + (self.impact or 0) * _IMPACT + (self.score or 0) * SCORE
        return [plain, plain + CONFIDENTIAL]


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of a day, before controls or after them."""

    day: date
    after_controls: bool = False

    @property
    def end(self) -> datetime:
        """The next day's first instant in the municipality's time zone."""
        midnight = datetime.combine(self.day + timedelta(days=1), time.min)
        return timezone.make_aware(midnight, timezone.get_default_timezone())

    @property
    def columns(self) -> tuple[str, str, str]:
        if self.after_controls:
            return "residual_likelihood", "residual_impact", "residual_score"
        return "likelihood", "impact", "risk_score"


def decode_state(code: int | None, kept: int = OPEN) -> State | None:
    """Return the state of a code.

    None where the risk did not exist, is excluded by the filters, or is hidden.
    """
    if not code or code & _BESIDE or is_hidden(code, kept):
        return None
    return State(code // _LIKELIHOOD % 16 or None, code // _IMPACT % 16 or None, code // SCORE or None)


def is_hidden(code: int | None, kept: int) -> bool:
    """Return whether the risk existed and is hidden from the user for being confidential, then or now."""
    return bool(code) and (kept == HIDDEN or (kept == HIDDEN_WHEN_CONFIDENTIAL and bool((code or 0) & CONFIDENTIAL)))


def kept_from(user: User) -> Any:
    """Return the expression for how much of a risk that the user reaches is hidden from them."""
    condition = confidential_open_to(user)
    if condition is None:
        return Value(OPEN)
    cases = (When(condition, then=Value(OPEN)), When(is_confidential=True, then=Value(HIDDEN)))
    return Case(*cases, default=Value(HIDDEN_WHEN_CONFIDENTIAL), output_field=IntegerField())


def code_at(moment: Moment, there: Q, asked: Q | None = None) -> Case:
    """Return the expression for the code of a risk at the moment.

    0 where it did not exist, or `there` (on the day's row) does not hold. A row for which `asked` does not hold is
    marked as excluded by the filters.
    """
    asked = asked or Q()
    return Case(
        When(span__last_at__lt=moment.end, then=_code(moment, there, asked, "span__")),
        When(span__first_at__gte=moment.end, then=Value(0)),
        default=code_lookup(moment.columns, Value(moment.end), "pk", there, asked),
        output_field=IntegerField(),
    )


def code_lookup(columns: tuple[str, str, str], end: Any, of: str, there: Q, asked: Q | None = None) -> Coalesce:
    """Return the expression for the code just before `end` (an expression) of the risk that the column `of` names."""
    rows = _History.objects.filter(id=OuterRef(of), history_date__lt=end).order_by("-history_date", "-history_id")
    return Coalesce(Subquery(rows.values(code=_code(columns, there, asked or Q()))[:1]), 0, output_field=IntegerField())


def _code(of: Moment | tuple[str, str, str], there: Q, asked: Q, through: str = "") -> Case:
    columns = of.columns if isinstance(of, Moment) else of
    likelihood, impact, score = (Coalesce(F(f"{through}{name}"), 0, output_field=IntegerField()) for name in columns)
    code = Value(THERE) + likelihood * _LIKELIHOOD + impact * _IMPACT + score * SCORE
    # A confidential time whose wording may be shown by now hides nothing.
    opened = was_opened("pk", "span__last_at") if through else was_opened("id")
    code += _bit(CONFIDENTIAL, Q(**{f"{through}is_confidential": True}) & ~Q(opened))
    if asked:
        code += _bit(_BESIDE, ~_on(through, asked))
    was_there = _on(through, there) & Q(**{f"{through}is_dropped": False})
    return Case(When(was_there, then=code), default=Value(0), output_field=IntegerField())


def _bit(bit: int, condition: Q) -> Case:
    return Case(When(condition, then=Value(bit)), default=Value(0), output_field=IntegerField())


def _on(through: str, condition: Q) -> Q:
    """Return the condition on a row of the history, moved to the same columns behind `through`."""
    children: list[Any] = condition.children
    moved = (_on(through, one) if isinstance(one, Q) else (f"{through}{one[0]}", one[1]) for one in children)
    return Q(*moved, _connector=condition.connector, _negated=condition.negated)
