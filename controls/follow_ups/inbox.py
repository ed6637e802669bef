"""The work that waits for a user, by date: read in a fixed number of queries, however much there is. Today is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from controls.follow_ups.people import acts_for, approvable
from controls.follow_ups.several_units import WideRow, overseen, overview
from controls.models import FollowUp
from controls.models.follow_up import people_served_by
from controls.scheduling.due_in_words import due_in_words
from riskreg.access.grants import may, standing_of
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import RiskBand, User

SOON_DAYS = 14
SHOWN = 12
"""Rows of each section; the rest is behind a link to the list."""
WIDE_SHOWN = 20
"""Municipality-wide controls at a closing; the rest is behind a link to the risks."""
NOW, AHEAD, APPROVALS = "now", "ahead", "approvals"
RETURNED = Q(state=FollowUp.State.IN_PROGRESS) & ~Q(return_reason="")


@dataclass(frozen=True, slots=True)
class Row:
    """One follow-up as the inbox shows it."""

    follow_up: FollowUp
    band: RiskBand | None
    words: str
    is_late: bool
    shows_year: bool
    deputy_for: str = ""
    """The absent person whose row this is, when the reader stands in for them."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading, and how many there are beside those shown."""

    rows: list[Row]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Inbox:
    late: int
    soon: int
    returned: int
    later: int
    done: int
    """Submitted or approved by this person's hand, of the closings that still have something open for them."""
    now: Section
    """Late, due within 14 days, or returned: the most urgent first."""
    ahead: Section
    approvals: Section
    units_late: int
    nobodys: int
    wide: list[WideRow]
    """The progress of the units with the first municipality-wide controls, for a user who oversees them."""
    has_more_wide: bool

    @property
    def total(self) -> int:
        return self.late + self.soon + self.returned + self.later

    @property
    def is_empty(self) -> bool:
        return not (self.now.total or self.ahead.total or self.approvals.total or self.wide)


def inbox_of(user: User, today: date) -> Inbox:
    """Count by the database, then read at most SHOWN rows a section, and the first municipality-wide ones: three queries.

    A follow-up is in one pile: returned ones among the returned, the others by their date.
    """
    soon_ends = today + timedelta(days=SOON_DAYS)
    counts = _counts(user, today, soon_ends)
    piles = _piles(user, today, soon_ends) if counts["now"] or counts["later"] or counts["approvals"] else {}
    wide = overview(user, today, WIDE_SHOWN + 1) if counts["wide"] else []
    return Inbox(
        late=counts["late"],
        soon=counts["soon"],
        returned=counts["returned"],
        later=counts["later"],
        done=counts["done"],
        now=Section(piles.get(NOW, []), counts["now"]),
        ahead=Section(piles.get(AHEAD, []), counts["later"]),
        approvals=Section(piles.get(APPROVALS, []), counts["approvals"]),
        units_late=counts["units_late"],
        nobodys=counts["nobodys"],
        wide=wide[:WIDE_SHOWN],
        has_more_wide=len(wide) > WIDE_SHOWN,
    )


_OWN = ("late", "soon", "returned", "now", "later", "done")
_OF_UNITS = ("approvals", "units_late", "wide", "nobodys")


def _counts(user: User, today: date, soon_ends: date) -> dict[str, int]:
    """Return every figure of the page in one query, compiled once for each standing and day."""
    counts = dict.fromkeys((*_OWN, *_OF_UNITS), 0)
    for what, *numbers in rows_once_compiled(("inbox", standing_of(user), today), lambda: _figures(user, today, soon_ends)):
        counts |= dict(zip(_OWN if what == "own" else (what,), numbers, strict=False))
    return counts


def _figures(user: User, today: date, soon_ends: date) -> QuerySet[FollowUp, Any]:
    """Return rows of what is counted and its numbers: each counts the follow-ups that an index finds, not all there are."""
    opened = Q(state__in=FollowUp.OPEN_STATES)
    people = people_served_by(user)
    nothing = Q(pk__in=[])
    chases = units_where(user, Verb.REOPEN_FOLLOW_UP, "unit") if may(user, Verb.REOPEN_FOLLOW_UP) else nothing
    logs = units_where(user, Verb.LOG_FOLLOW_UP, "unit") if may(user, Verb.LOG_FOLLOW_UP) else nothing
    seen = FollowUp.objects.visible_to(user).order_by()
    own = {
        "late": opened & ~RETURNED & Q(due_on__lt=today),
        "soon": opened & ~RETURNED & Q(due_on__gte=today, due_on__lte=soon_ends),
        "returned": opened & RETURNED,
        "now": opened & (RETURNED | Q(due_on__lte=soon_ends)),
        "later": opened & ~RETURNED & Q(due_on__gt=soon_ends),
        "done": ~opened & Q(closing__report_due__gte=today),
    }
    of_units = {
        "approvals": approvable(user),
        "units_late": chases & opened & Q(due_on__lt=today),
        "wide": overseen(user, today),
        "nobodys": logs & opened & Q(performer__isnull=True),
    }
    numbers = [Count("pk", filter=own[name]) for name in _OWN]
    rest = [Value(0)] * (len(numbers) - 1)
    kinds = [_numbers(seen.filter(performer__in=people), "own", numbers)]
    kinds += [_numbers(seen.filter(of_units[name]), name, [Count("pk"), *rest]) for name in _OF_UNITS]
    return kinds[0].union(*kinds[1:], all=True)


def _numbers(found: QuerySet[FollowUp], what: str, numbers: list[Any]) -> QuerySet[FollowUp, Any]:
    named = {f"number_{place}": number for place, number in enumerate(numbers)}
    counted = found.annotate(what=Value(what, CharField())).values("what").annotate(**named)
    return counted.values_list("what", *named)


def _piles(user: User, today: date, soon_ends: date) -> dict[str, list[Row]]:
    """Return the first rows of every section, read and ranked by one query."""
    rows = rows_once_compiled(("inbox rows", standing_of(user), today), lambda: _first_rows(user, soon_ends))
    piles: dict[str, list[Row]] = {}
    for row in rows:
        right = Verb.APPROVE_FOLLOW_UP if row.pile == APPROVALS else Verb.LOG_FOLLOW_UP
        worded = Row(
            row,
            row.control.risk.band,
            due_in_words(row.due_on, today),
            row.is_late(today),
            row.due_on.year != today.year,
            deputy_for="" if row.performer_id == user.pk else ", ".join(acts_for(row, right, user).values()),
        )
        piles.setdefault(row.pile, []).append(worded)
    return piles


def _first_rows(user: User, soon_ends: date) -> QuerySet[Any, Any]:
    """Return the first rows of every pile, each with its place in it."""
    own = Q(performer__in=people_served_by(user), state__in=FollowUp.OPEN_STATES)
    near = RETURNED | Q(due_on__lte=soon_ends)
    waiting = FollowUp.objects.filter(approvable(user)).values("pk")
    return (
        FollowUp.objects.visible_to(user)
        .filter(own | Q(pk__in=waiting))
        .annotate(
            pile=Case(When(own & near, then=Value(NOW)), When(own, then=Value(AHEAD)), default=Value(APPROVALS)),
            place=Window(
                RowNumber(),
                partition_by=[F("pile")],
                order_by=[F("due_on").asc(), F("control__risk__risk_score").desc(nulls_last=True), F("pk").asc()],
            ),
        )
        .filter(place__lte=SHOWN)
        .select_related("control__risk__plan__matrix", "closing", "returned_by", "submitted_by", "unit")
        .prefetch_related("control__risk__plan__matrix__bands")
        .order_by("place")
    )
