"""Rows that are about confidential risks which the user may not see: they wait for somebody who may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from controls.importing.existing import RESEMBLES
from controls.importing.problems import PlanProblem
from controls.importing.target import Target
from controls.importing.words import name_key, number_in
from riskreg.importing.columns import ImportRow
from riskreg.models import Risk, User


def rows_hidden_from(user: User | None, rows: Sequence[ImportRow], target: Target) -> frozenset[int]:
    """Return the identities (`id`) of the rows that equal a confidential risk of the plan which the user does not see.

    By title, or by number when the titles resemble each other. A title that a risk has which the user does see means that
    one first. None sees everything.
    """
    of_plan = Risk.objects.filter(plan__unit=target.unit, plan__year=target.year)
    hidden = of_plan.hidden_from(user) if user is not None else None
    if user is None or hidden is None:
        return frozenset()
    titles: Counter[str] = Counter()
    numbers = {}
    for number, title in hidden.values_list("number", "title"):
        titles[name_key(title)] += 1
        numbers[number] = name_key(title)
    if not titles:
        return frozenset()
    seen = Counter(name_key(title) for title in of_plan.visible_to(user).current().values_list("title", flat=True))
    found: set[int] = set()
    is_hidden = False
    for row in rows:
        if not row.is_continuation_control:
            key = name_key(row.title)
            if seen[key] > 0:
                seen[key] -= 1
                is_hidden = False
            else:
                numbered = numbers.get(number_in(row.number) or 0)
                is_hidden = key in titles or (numbered is not None and SequenceMatcher(None, numbered, key).ratio() >= RESEMBLES)
        if is_hidden:
            found.add(id(row))
    return frozenset(found)


def waits_for_somebody() -> PlanProblem:
    """Return what is told instead of the rows: nothing of them, only that somebody else imports the file."""
    return PlanProblem(
        _("The import waits: somebody who may see confidential risks here has to look at it and import it. Nothing was written.")
    )
