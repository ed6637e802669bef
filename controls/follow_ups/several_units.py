"""Municipality-wide risks: each committee and company follows them up by itself, and the board sees the sum.

A risk is marked municipality-wide in one unit's plan, usually the executive board's. For each of its controls every
active committee and company of the municipality has a follow-up of its own, or those chosen for the control;
performed there and approved by the manager there. Everybody in the municipality sees the risk and their own unit's
follow-up; a user who reaches the risk's own unit sees all of them, and their sum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import DenseRank
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.models import Closing, Conclusion, Control, FollowUp
from riskreg.access.grants import may, standing_of
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.database.compiled import compiled_subquery, rows_once_compiled
from riskreg.models import User

REPORTED = (FollowUp.State.SUBMITTED, FollowUp.State.APPROVED)


@dataclass(frozen=True, slots=True)
class UnitsReport:
    """One unit's report; its conclusion counts when it is submitted."""

    unit: str
    state: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class Summed:
    """The sum of several units' follow-ups of one control at one closing."""

    reported: int
    total: int
    counts: tuple[tuple[Conclusion, int], ...]
    """The gravest first; only those that somebody reached."""
    not_reported: tuple[str, ...]

    @property
    def worst(self) -> Conclusion | None:
        return self.counts[0][0] if self.counts else None

    @property
    def is_complete(self) -> bool:
        return self.reported == self.total

    @property
    def how_far(self) -> str:
        said = ngettext(
            "%(reported)d of %(total)d unit has reported.", "%(reported)d of %(total)d units have reported.", self.total
        )
        return said % {"reported": self.reported, "total": self.total}

    @property
    def counted(self) -> str:
        """The counts in words: "Minor deviations 1, No deviations 3"."""
        return ", ".join(
            _("%(conclusion)s %(count)d") % {"conclusion": conclusion.label, "count": count} for conclusion, count in self.counts
        )

    @property
    def waiting_for(self) -> str:
        return _("Not reported: %(units)s.") % {"units": ", ".join(self.not_reported)} if self.not_reported else ""


def sum_reports(reports: Iterable[UnitsReport]) -> Summed:
    """Sum the reports, the worst conclusion first. A conclusion that is not submitted counts as not reported."""
    reports = list(reports)
    handed_in = [report for report in reports if report.state in REPORTED and report.conclusion]
    count = Counter(Conclusion(report.conclusion) for report in handed_in)
    return Summed(
        reported=len(handed_in),
        total=len(reports),
        counts=tuple((conclusion, count[conclusion]) for conclusion in sorted(count, key=lambda one: one.gravity)),
        not_reported=tuple(report.unit for report in reports if report not in handed_in),
    )


def sum_follow_ups(follow_ups: Iterable[FollowUp]) -> Summed:
    """Sum the follow-ups of one control at one closing; each comes with its unit."""
    ordered = sorted(follow_ups, key=lambda one: one.unit.name_sort)
    return sum_reports(UnitsReport(one.unit.name, one.state, one.conclusion) for one in ordered)


@dataclass(frozen=True, slots=True)
class WideRow:
    """A municipality-wide control at a closing, for a user who oversees it."""

    follow_up: FollowUp
    """One of them, with its control, risk and closing."""
    sum: Summed


def overseen(user: User, today: date) -> Q:
    """Return the condition for follow-ups that the user oversees.

    They are of municipality-wide risks whose unit the user chases, at closings whose report is not due yet.
    """
    if not may(user, Verb.REOPEN_FOLLOW_UP):
        return Q(pk__in=[])
    chased = units_where(user, Verb.REOPEN_FOLLOW_UP, "risk__unit")
    # Such risks are few, and so are the closings: from both the follow-ups are found, none of the others is read.
    wide = Control.objects.filter(chased, is_dropped=False, risk__is_municipality_wide=True, risk__is_dropped=False)
    not_due_yet = Closing.objects.filter(report_due__gte=today)
    return Q(control__in=compiled_subquery(wide), closing__in=compiled_subquery(not_due_yet))


def overview(user: User, today: date, most: int) -> list[WideRow]:
    """Return the progress of the units with each control, by closing and risk: the first `most` of them. One query."""
    rows = rows_once_compiled(("overview", standing_of(user), today, most), lambda: _first_overseen(user, today, most))
    found: dict[int, list[FollowUp]] = defaultdict(list)
    for row in rows:
        found[row.place].append(row)
    return [WideRow(several[0], sum_follow_ups(several)) for several in found.values()]


def _first_overseen(user: User, today: date, most: int) -> QuerySet[Any, Any]:
    order = [
        F(name).asc() for name in ("closing__cut_off", "control__risk__number", "control__position", "control_id", "closing_id")
    ]
    return (
        FollowUp.objects.visible_to(user)
        .filter(overseen(user, today))
        .annotate(place=Window(DenseRank(), order_by=order))
        .filter(place__lte=most)
        .select_related("unit", "closing", "control__risk__plan")
        .order_by("place", "unit__name_sort")
    )
