"""Make and change a municipality's closings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from controls.models import Closing, FollowUp
from controls.transitions import CLOSING
from controls.year.closing_dates import Breach, ClosingDates, breaches, two_months_after, usual_dates
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature, save_with_history
from riskreg.verbs.gate import Gated, making

VERB_LABELS: dict[str, Callable[[], str]] = {"change": lambda: _("Closing changed")}
CLOSINGS: Gated[Closing] = Gated(
    workflow=CLOSING,
    labels=VERB_LABELS,
    rows=lambda: Closing.objects.select_related("unit"),
    unit=lambda closing: closing.unit,
    state=lambda closing: "there",
)
FIELDS = frozenset({"year", "kind", "cut_off", "follow_up_due", "approval_due", "report_due"})


def make_closing(*, by: User, unit: Unit, year: int, kind: str, **dates: date) -> Closing:
    """Save a closing of the municipality; dates not given are the usual ones (controls.year.closing_dates)."""
    with making(Verb.CHANGE_CLOSING, unit, by=by) as author:
        usual = usual_dates(kind, year)
        days = ("cut_off", "follow_up_due", "approval_due", "report_due")
        closing = Closing(unit=unit, year=year, kind=kind, **{name: dates.get(name, getattr(usual, name)) for name in days})
        closing.full_clean()
        return save_with_history(closing, by=author, reason=_("Closing made"))


def make_closings_of_year(*, by: User, unit: Unit, year: int, dates: Mapping[str, ClosingDates]) -> list[Closing]:
    """Save the municipality's closings of the year, by kind, and return those made; existing ones stay as they are."""
    with making(Verb.CHANGE_CLOSING, unit, by=by):
        there = set(Closing.objects.filter(unit=unit, year=year).values_list("kind", flat=True))
        new = {kind: days for kind, days in dates.items() if kind not in there}
        return [make_closing(by=by, unit=unit, year=year, kind=kind, **asdict(days)) for kind, days in new.items()]


def change_closing(closing: Closing, *, by: User, reason: str = "", version: int | None = None, **values: Any) -> Closing:
    """Save the values that are given and differ.

    Open follow-ups that were due the old day are due the new one.
    """
    unknown = set(values) - FIELDS
    if unknown:
        raise TypeError(f"A closing has no field {', '.join(sorted(unknown))} to be set.")
    with CLOSINGS.open(closing, "change", by=by, reason=reason, version=version) as turn:
        row = turn.row
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return row
        due_before = row.follow_up_due
        for name, value in changed.items():
            setattr(row, name, value)
        row.full_clean()
        turn.save()
        if "follow_up_due" in changed:
            _move_follow_ups(row, due_before, by=turn.author, reason=reason.strip() or VERB_LABELS["change"]())
        return row


def _move_follow_ups(closing: Closing, due_before: date, *, by: Author, reason: str) -> None:
    # Companions of the closing: those that are open follow its day.
    rows = list(FollowUp.objects.select_for_update().filter(closing=closing, state__in=FollowUp.OPEN_STATES, due_on=due_before))
    for row in rows:
        row.due_on = closing.follow_up_due
    if rows:
        bulk_update_with_history(
            rows,
            FollowUp,
            ["due_on"],
            batch_size=500,
            default_change_reason=reason,
            default_date=clock.now(),
            **bulk_signature(by),
        )


def warnings(closing: Closing) -> list[str]:
    """Return the breaches of the law in the dates, in words, with the section."""
    said: dict[Breach, Callable[[], str]] = {
        Breach.CUT_OFF_OUTSIDE_YEAR: lambda: _("The cut-off date %(date)s is not in %(year)d."),
        Breach.COVERS_TOO_LITTLE: lambda: _(
            "With the cut-off %(date)s the interim report covers less than half of the year. It is to cover at least half "
            "and at most two thirds: 30 June to 31 August (LKBR 13:1)."
        ),
        Breach.COVERS_TOO_MUCH: lambda: _(
            "With the cut-off %(date)s the interim report covers more than two thirds of the year. It is to cover at least "
            "half and at most two thirds: 30 June to 31 August (LKBR 13:1)."
        ),
        Breach.INTERIM_REPORT_LATE: lambda: _(
            "The interim report is to reach the council and the auditors within two months of its cut-off: by %(limit)s "
            "(Local Government Act 11:16)."
        ),
        Breach.ANNUAL_CUT_OFF: lambda: _("The year-end closing's cut-off is usually 31 December, not %(date)s."),
        Breach.ANNUAL_REPORT_LATE: lambda: _(
            "The annual report is to be handed over by 15 April %(following)d (Local Government Act 11:20)."
        ),
    }
    named = {
        "date": formats.date_format(closing.cut_off, "DATE_FORMAT"),
        "year": closing.year,
        "following": closing.year + 1,
        "limit": formats.date_format(two_months_after(closing.cut_off), "DATE_FORMAT"),
    }
    return [said[breach]() % named for breach in breaches(closing.kind, closing.year, closing.cut_off, closing.report_due)]
