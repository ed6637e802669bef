"""What was confidential when it was written stays so, also after its risk was opened, for who may not see such risks.

Asked of history rows: was the risk that the row belongs to confidential at the row's moment? The words of such a row are
withheld in every history, timeline and export; that there is a row, when and by whom, is not.

Whoever opens a risk is asked whether its earlier wording may be shown (riskreg.plans.earlier_wording): what was written before
the moment of a yes (`Risk.opened_before`) is open, what is written in a later confidential time is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from riskreg.access.sight import confidential_open_to
from riskreg.models.risk import Risk
from riskreg.models.user import User

_ways: dict[type[Model], tuple[str, ...]] = {}


def tells_of_a_risk(model: type[Model], *ways: str) -> None:
    """Register the ways from a record to its risk, "__" between steps; of several, the first that leads to one counts.

    An app calls it when it is ready, for every tracked model whose records tell something of a risk.
    """
    _ways[model] = ways


def ways_to_risks() -> dict[type[Model], tuple[str, ...]]:
    """Return the registered models with their ways."""
    return dict(_ways)


def withheld_rows(rows: Iterable[Any], reader: User) -> set[tuple[type[Model], int]]:
    """Return (kind, number) of those of the history rows whose words are withheld from the reader.

    One query for each kind of record among them; none for a reader from whom nothing is hidden.
    """
    numbers: dict[type[Model], set[int]] = {}
    for row in rows:
        numbers.setdefault(type(row), set()).add(row.pk)
    return {(kind, number) for kind, asked in numbers.items() for number in withheld_numbers(kind, asked, reader)}


def withheld_numbers(history_model: type[Any], numbers: Collection[int], reader: User) -> set[int]:
    """Return the numbers of those rows of one history table whose words are withheld from the reader."""
    opened = confidential_open_to(reader)
    tracked = history_model.instance_type
    if opened is None or (tracked is not Risk and tracked not in _ways):
        return set()
    found = _confidential(history_model._base_manager.filter(pk__in=numbers), tracked)
    found = found.exclude(of_risk__in=Risk.objects.filter(opened).order_by().values("pk"), of_risk__isnull=False)
    return set(found.order_by().values_list("pk", flat=True))


def written_in_confidence(history_model: type[Any], numbers: Collection[int]) -> set[int]:
    """Return the numbers of those rows of one history table whose words are withheld from somebody.

    For what is written down once and read by people with different rights.
    """
    tracked = history_model.instance_type
    if tracked is not Risk and tracked not in _ways:
        return set()
    return set(_confidential(history_model._base_manager.filter(pk__in=numbers), tracked).order_by().values_list("pk", flat=True))


def _confidential(rows: QuerySet[Any], tracked: type[Model]) -> QuerySet[Any]:
    """Keep the rows of moments at which their risk was confidential, annotated with it as `of_risk`.

    Where no risk is found any longer (what the row belonged to was deleted), that cannot be ruled out: the row is kept, too.
    """
    if tracked is Risk:
        return rows.alias(of_risk=F("id")).filter(is_confidential=True).exclude(was_opened("of_risk"))
    ways = [F(way) for way in _ways[tracked]]
    rows = rows.alias(of_risk=Coalesce(*ways) if len(ways) > 1 else ways[0])
    until_then = Risk.history.filter(id=OuterRef("of_risk"), history_date__lte=OuterRef("history_date"))
    at_that_moment = until_then.order_by("-history_date", "-history_id").values("is_confidential")[:1]
    rows = rows.alias(was_confidential=Subquery(at_that_moment)).filter(Q(was_confidential=True) | Q(of_risk__isnull=True))
    return rows.exclude(was_opened("of_risk"))


def was_opened(risk: str, written: str = "history_date") -> Exists:
    """Return the condition that what was `written` of the risk (columns of a row) may be shown by a later yes."""
    return Exists(Risk.objects.order_by().filter(pk=OuterRef(risk), opened_before__gt=OuterRef(written)))
