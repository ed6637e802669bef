"""Who contributed to a follow-up since it was last approved, read from the history: a later edit by others takes nothing away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils.timezone import get_default_timezone

from controls.follow_ups.backing import registered_methods
from controls.follow_ups.contributions import OF_EVERY_FOLLOW_UP, Contribution, Each, Given, Of
from controls.models import FollowUp
from riskreg import clock
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import Deputyship


def _all() -> list[Contribution]:
    return [*OF_EVERY_FOLLOW_UP, *(one for method in registered_methods() for one in method.contributions())]


def _since_the_last_approval(rows: QuerySet[Any], of: Of) -> QuerySet[Any]:
    approvals = FollowUp.history.filter(
        id=of.within("pk"), state=FollowUp.State.APPROVED, history_date__gte=OuterRef("history_date")
    )
    return rows.exclude(Exists(approvals))


def contributed(people: Collection[int]) -> Q:
    """Return the condition that one of the people contributed to a follow-up, themselves or by a deputy. Never NULL."""
    by_deputy = Deputyship.objects.filter(
        absent__in=people, deputy=OuterRef("history_user_id"), first_day__lte=OuterRef("day"), last_day__gte=OuterRef("day")
    )
    condition = Q()
    for one in _all():
        rows = _since_the_last_approval(one.rows(Each()), Each())
        rows = rows.alias(day=TruncDate("history_date", tzinfo=get_default_timezone()))
        condition |= Q(Exists(rows.filter(Q(history_user__in=people) | ~Q(history_acting_for="") & Q(Exists(by_deputy)))))
    return condition


def contributors(follow_up: FollowUp) -> dict[int, list[str]]:
    """Return the people who contributed, by key, each with what they did, as `Contribution.words` says it.

    A deputy's work counts as theirs and as that of whom they stood in for. One query; two where deputies were at work.
    """
    if follow_up.pk is None:
        return {}
    kinds = {one.code: one for one in _all()}
    closing = follow_up.closing
    known = "contributors", tuple(kinds), closing.unit_id, closing.year, closing.cut_off

    def work(pk: int, control: int, unit: int) -> QuerySet[Any, Any]:
        of = Given(FollowUp(pk=pk, control_id=control, unit_id=unit, closing=closing))
        asked = [
            _since_the_last_approval(one.rows(of), of)
            .order_by()
            .values_list("history_user_id", "history_acting_for", "history_date", Value(one.code, output_field=CharField()))
            for one in kinds.values()
        ]
        return asked[0].union(*asked[1:])

    done = rows_once_compiled(known, work, follow_up.pk, follow_up.control_id, follow_up.unit_id)
    found: dict[int, set[str]] = {}
    lent: list[tuple[int, date, str]] = []
    for author, absent, moment, code in done:
        if author is not None:
            found.setdefault(author, set()).add(code)
            if absent:
                lent.append((author, clock.municipal(moment).date(), code))
    for person, code in _absent(lent):
        found.setdefault(person, set()).add(code)
    return {
        person: list(dict.fromkeys(kind.words() for code, kind in kinds.items() if code in codes))
        for person, codes in found.items()
    }


def _absent(lent: list[tuple[int, date, str]]) -> set[tuple[int, str]]:
    """Return (person, code) of those whose deputies did it, by the deputyships of that day.

    The history says that it was done as a deputy, and names for whom; names change, so who it was is read from there. A deputy
    of two people at once counts as both.
    """
    if not lent:
        return set()
    deputies = {author for author, _day, _code in lent}
    held = list(Deputyship.objects.filter(deputy__in=deputies).values_list("deputy", "absent", "first_day", "last_day"))
    return {
        (absent, code)
        for author, day, code in lent
        for deputy, absent, first, last in held
        if author == deputy and first <= day <= last
    }
