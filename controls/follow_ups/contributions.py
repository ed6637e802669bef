"""The kinds of work on a follow-up that keep a person from approving it, as the history shows them.

Each is defined once and asked in two ways (controls.follow_ups.contributors): as a condition on many follow-ups in SQL, and
as the people of one follow-up. Methods of control add their own (controls.follow_ups.backing).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from controls.models import Action, Check, Closing, Evidence, FollowUp, LatePerformance


class Of(ABC):
    """The follow-up that is asked about: a given one, or each of those that a query goes through."""

    @abstractmethod
    def __call__(self, name: str) -> Any:
        """Return the value of its field, for a filter on history rows."""

    @abstractmethod
    def within(self, name: str) -> Any:
        """Return the same for a subquery of such a filter."""


class Each(Of):
    def __call__(self, name: str) -> Any:
        return OuterRef(name)

    def within(self, name: str) -> Any:
        return OuterRef(OuterRef(name))


@dataclass(frozen=True, slots=True)
class Given(Of):
    follow_up: FollowUp

    def __call__(self, name: str) -> Any:
        value: Any = self.follow_up
        for part in name.split("__"):
            value = getattr(value, part)
        return value

    def within(self, name: str) -> Any:
        return self(name)


@dataclass(frozen=True, slots=True)
class Contribution:
    """A kind of work on a follow-up."""

    code: str
    words: Callable[[], str]
    """What a person did, said to them: “You …”."""
    rows: Callable[[Of], QuerySet[Any]]
    """The history rows of the follow-up in which their authors did it, of any time."""


def in_period(of: Of, day: str) -> Q:
    """Return the condition that the day, a field of the rows, lies in the period of the follow-up's closing.

    It is that of controls.checks.of_period: since the cut-off before, or the year's first day.
    """
    before = Closing.objects.filter(
        unit=of.within("closing__unit_id"),
        year=of.within("closing__year"),
        cut_off__lt=of.within("closing__cut_off"),
        cut_off__gte=OuterRef(day),
    )
    return Q(**{f"{day}__lte": of("closing__cut_off"), f"{day}__year": of("closing__year")}) & ~Q(Exists(before))


def _edits(of: Of) -> QuerySet[Any]:
    rows: QuerySet[Any] = FollowUp.history.filter(id=of("pk"), history_user=F("last_edited_by"))
    return rows


def of_a_check(of: Of, check: str) -> Q:
    """Return the condition that the check behind `check` ("" or a path that ends in "__") is one of the period's."""
    of_its_control = Q(**{f"{check}control": of("control_id"), f"{check}unit": of("unit_id")})
    return of_its_control & in_period(of, f"{check}nominal_on")


def _checks(of: Of) -> QuerySet[Any]:
    rows: QuerySet[Any] = Check.history.filter(of_a_check(of, ""), history_user=F("performed_by"))
    return rows


def _late_checks(of: Of) -> QuerySet[Any]:
    rows: QuerySet[Any] = LatePerformance.history.filter(of_a_check(of, "missed_check__"), history_user=F("recorded_by"))
    return rows


def _files_of_checks(of: Of) -> QuerySet[Any]:
    rows: QuerySet[Any] = Evidence.history.filter(of_a_check(of, "occasion__"))
    return rows


def _actions(of: Of) -> QuerySet[Any]:
    # Marked as done, and what it led to. Who decides on them changes the follow-up; who hands them over writes no word.
    rows: QuerySet[Any] = Action.history.filter(follow_up=of("pk"), done_on__isnull=False, history_type="~")
    return rows


OF_EVERY_FOLLOW_UP = [
    Contribution("edits", lambda: _("You changed its text, its decision or its files."), _edits),
    Contribution("actions", lambda: _("You said that an action of it was done, or what it led to."), _actions),
    Contribution("checks", lambda: _("You recorded a check of its period."), _checks),
    Contribution("late_checks", lambda: _("You recorded a check of its period."), _late_checks),
    Contribution("files_of_checks", lambda: _("You added or removed files of a check of its period."), _files_of_checks),
]
