"""Sampled items from the picks: the method's way to pick, the items with their salts, and the next ones."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from django.db.models import Max
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from controls.data_files.engine import Engine
from controls.data_files.long_work import Failed
from controls.data_files.table import Table
from controls.models import Population, Sample, SampleItem
from controls.sampling.drawing.picking import (
    NotDrawable,
    Picked,
    pick_all,
    pick_by_amount,
    pick_by_stratum,
    pick_next,
    pick_smallest,
)
from controls.sampling.drawing.tickets import UNIT, leaf
from controls.sampling.populations.stored_file import choice_of, path_of
from controls.sampling.runs import WORKSHOP
from riskreg import clock
from riskreg.models.author import Author
from riskreg.models.history import bulk_signature
from riskreg.numbers import with_number_texts
from riskreg.verbs.errors import Refused

NEXT = {Sample.Method.RANDOM, Sample.Method.STRATIFIED}
"""The methods in which a next ticket is a next item."""
MAX_ITEMS = 20_000
"""The largest draw, in items: each becomes a row that people go through."""


def pick_items(engine: Engine, path: Path, population: Population, sample: Sample) -> list[Picked]:
    """Pick by the seed and the sample's design. Raises NotDrawable."""
    table = Table(path, population.columns, choice_of(population))
    size, whole = sample.size or 0, whole_from(sample)
    if max(size, (population.row_count or 0) if sample.method == Sample.Method.CENSUS else 0) > MAX_ITEMS:
        raise NotDrawable("too_large", limit=MAX_ITEMS)
    if sample.method == Sample.Method.CENSUS:
        return pick_all(engine, table, sample.seed)
    if sample.method == Sample.Method.MONETARY:
        kept = sample.design.get("interval")
        # Of the design's kronor to units.
        return pick_by_amount(engine, table, sample.seed, size, Fraction(kept) / Fraction(UNIT) if kept else None)
    if sample.method == Sample.Method.STRATIFIED:
        return pick_by_stratum(engine, table, sample.seed, sample.design.get("strata", {}), whole_from=whole)
    return pick_smallest(engine, table, sample.seed, size, whole_from=whole)


def whole_from(sample: Sample) -> Decimal | None:
    """Return the amount from which items are taken whole; None without one."""
    kept = sample.design.get("whole_from")
    return Decimal(kept) if kept else None


def drawable_words(error: NotDrawable) -> str:
    """Return the error in words, with what to do."""
    messages = {
        "too_many": _(
            "The population (or the group %(stratum)s) has %(rows)s items to draw from, fewer than the %(size)s that are "
            "to be drawn. Change the design."
        ),
        "too_large": _("More than %(limit)s items cannot be gone through one by one. Change the design."),
        "no_amounts": _("The population has no positive amount, so nothing can be drawn by amount."),
        "nothing_left": _("Only %(rows)s items are left in the population: %(size)s cannot be added."),
    }
    return messages[error.code] % {"stratum": "–", **with_number_texts(error.values)}


def items_of(sample: Sample, picked: Sequence[Picked], *, first: int) -> list[SampleItem]:
    """Return unsaved items, numbered from `first`, each with its salt and leaf."""
    columns = sample.population.columns
    items = []
    for position, each in enumerate(picked, start=first):
        salt = secrets.token_hex(16)
        items.append(
            SampleItem(
                sample=sample,
                position=position,
                kind=each.kind,
                ticket=each.ticket,
                key=each.key,
                salt=salt,
                leaf=leaf(salt, each.ticket, each.key),
                row_number=each.row,
                amount=each.amount,
                stratum=each.stratum,
                values=json.dumps(dict(zip(columns, each.cells, strict=True)), ensure_ascii=False),
            )
        )
    return items


def keep_items(items: Sequence[SampleItem], *, by: Author, at: datetime) -> None:
    """Save the items, with their history."""
    bulk_create_with_history(
        list(items), SampleItem, batch_size=500, default_change_reason=str(_("Drawn")), default_date=at, **bulk_signature(by)
    )


def next_items(sample: Sample, count: int, *, by: Author, stratum: str | None) -> list[SampleItem]:
    """Save the next tickets as reserves and return them: existing ones first, then from the file.

    Raises Refused when there are too few.
    """
    # Companions of the sample, which is locked.
    reserves = sample.items.select_for_update(of=("self",)).filter(kind=SampleItem.Kind.RESERVE).order_by("position")
    found = list((reserves.filter(stratum=stratum) if stratum is not None else reserves)[:count])
    if len(found) < count:
        more = _from_file(sample, count - len(found), stratum)
        last = sample.items.aggregate(last=Max("position"))["last"] or 0
        items = items_of(sample, more, first=last + 1)
        keep_items(items, by=by, at=clock.now())
        found += list(sample.items.filter(position__gt=last).order_by("position"))
    return found


def _from_file(sample: Sample, count: int, stratum: str | None) -> list[Picked]:
    population = sample.population
    if not population.is_locked:
        raise Refused(_("The population has been weeded: nothing more can be drawn from it."))
    drawn = [*sample.items.values_list("key", flat=True)]
    if len(drawn) + count > MAX_ITEMS:
        raise Refused(drawable_words(NotDrawable("too_large", limit=MAX_ITEMS)))
    try:
        path = path_of(population)
        table = Table(path, population.columns, choice_of(population))
        with WORKSHOP.scratch_engine() as engine:
            return pick_next(engine, table, sample.seed, drawn, count, stratum=stratum, whole_from=whole_from(sample))
    except NotDrawable as error:
        raise Refused(drawable_words(error)) from error
    except Failed as error:
        raise Refused(str(error)) from error
