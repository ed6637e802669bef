"""What lists of risks show of their controls: the methods, and the latest conclusions. Asked by SQL that is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from controls.models import Closing, Conclusion, Control, FollowUp, Method
from controls.models.follow_up import of_seen_units
from riskreg.access.grants import standing_of
from riskreg.database.compiled import MOST_NUMBERS, rows_once_compiled
from riskreg.models import User

_ROOMS = (10, 50, MOST_NUMBERS)
"""How many keys the kept SQL has room for."""
_NO_KEY = 0


class Concluded(NamedTuple):
    conclusion: Conclusion
    closing: str
    """Its name in the reader's language."""


def methods_by_risk(risks: Iterable[int]) -> dict[int, list[Method]]:
    """Return the methods of each risk's current controls, each once, in the controls' order."""
    keys = _padded(risks)

    def methods(*asked: int) -> QuerySet[Control, Any]:
        current = Control.objects.filter(is_dropped=False, risk__in=asked)
        return current.order_by("risk", "position").values_list("risk", "method")

    found: dict[int, list[Method]] = {}
    for risk, name in dict.fromkeys(rows_once_compiled(("methods", len(keys)), methods, *keys)):
        found.setdefault(risk, []).append(Method(name))
    return found


def latest_conclusions(user: User, risks: Iterable[int]) -> dict[int, list[Concluded]]:
    """Return of each risk the latest conclusion of each control in each unit that the user sees.

    Each conclusion once, with its latest closing, the gravest first. Raises ValueError for more risks than MOST_NUMBERS.
    """
    keys = _padded(risks)

    def concluded(*asked: int) -> QuerySet[FollowUp, Any]:
        stated = FollowUp.objects.filter(of_seen_units(user), control__risk__in=asked, control__is_dropped=False)
        stated = stated.exclude(conclusion="").order_by("-closing__cut_off", "pk")
        return stated.values_list("control__risk", "control", "unit", "conclusion", "closing__kind", "closing__year")

    met: set[tuple[int, int]] = set()
    by_risk: dict[int, dict[str, Concluded]] = {}
    names: dict[tuple[str, int], str] = {}
    for risk, control, unit, code, kind, year in rows_once_compiled(
        ("latest conclusions", standing_of(user), len(keys)), concluded, *keys
    ):
        if (control, unit) in met:
            continue
        met.add((control, unit))
        if (kind, year) not in names:
            names[kind, year] = str(Closing(kind=kind, year=year))
        by_risk.setdefault(risk, {}).setdefault(code, Concluded(Conclusion(code), names[kind, year]))
    return {risk: sorted(of_risk.values(), key=lambda one: one.conclusion.gravity) for risk, of_risk in by_risk.items()}


def _padded(risks: Iterable[int]) -> list[int]:
    keys = list(risks)
    room = next((room for room in _ROOMS if len(keys) <= room), None)
    if room is None:
        raise ValueError(f"{len(keys)} risks are more than a page has.")
    return keys + [_NO_KEY] * (room - len(keys))
