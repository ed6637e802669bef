"""Who contributed to a follow-up since it was last approved, read from the history: a later edit by others takes nothing away."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex

from controls.follow_ups.backing import registered_methods
from controls.follow_ups.contributions import OF_EVERY_FOLLOW_UP, Contribution, Each, Given, Of
from controls.models import FollowUp
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
    by_deputy = (
        Deputyship.objects.filter(absent__in=people, deputy=OuterRef("history_user_id"))
        .alias(named=StrIndex(OuterRef("history_acting_for"), F("absent__name")))
        .filter(named__gt=0)
    )
    condition = Q()
    for one in _all():
        rows = _since_the_last_approval(one.rows(Each()), Each())
        condition |= Q(Exists(rows.filter(Q(history_user__in=people) | ~Q(history_acting_for="") & Q(Exists(by_deputy)))))
    return condition


def contributors(follow_up: FollowUp) -> dict[int, list[str]]:
    """Return the people who contributed, by key, each with what they did, as `Contribution.words` says it.

    A deputy's work counts as theirs and as that of whom they stood in for. One query; two where deputies were at work.
    """
    if follow_up.pk is None:
        return {}
    of = Given(follow_up)
    kinds = {one.code: one for one in _all()}
    asked = [
        _since_the_last_approval(one.rows(of), of)
        .order_by()
        .values_list("history_user_id", "history_acting_for", Value(one.code, output_field=CharField()))
        for one in kinds.values()
    ]
    done = asked[0].union(*asked[1:])
    found: dict[int, set[str]] = {}
    lent: list[tuple[int, str, str]] = []
    for author, absent, code in done:
        if author is not None:
            found.setdefault(author, set()).add(code)
            if absent:
                lent.append((author, absent, code))
    for person, code in _absent(lent):
        found.setdefault(person, set()).add(code)
    return {
        person: list(dict.fromkeys(kind.words() for code, kind in kinds.items() if code in codes))
        for person, codes in found.items()
    }


def _absent(lent: list[tuple[int, str, str]]) -> set[tuple[int, str]]:
    """Return (person, code) of those whose deputies did it: the history names them, and the deputyships say who they are."""
    if not lent:
        return set()
    deputies = {author for author, _absent, _code in lent}
    pairs = Deputyship.objects.filter(deputy__in=deputies).values_list("deputy", "absent", "absent__name").distinct()
    return {
        (person, code) for deputy, person, name in pairs for author, absent, code in lent if author == deputy and name in absent
    }
