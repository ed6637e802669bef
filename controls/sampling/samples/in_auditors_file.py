"""The samples in the auditor's file: what each was drawn from, how, by whom, and the hash that proves it."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from controls.models import Closing, Sample, SampleItem
from controls.reporting.kinds.words import title_cell, who_when
from controls.reporting.paper import Block, Cell, Column, Kind, Table, text_cell
from riskreg.models import Risk, User


def table_of_samples(user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
    """Return a row for each sample that the user may see. Two queries, whatever the number of samples."""
    samples = list(
        Sample.objects.visible_to(user)
        .filter(population__control__risk__in=risks)
        .filter(Q(follow_up__closing=closing) | Q(follow_up__isnull=True))
        .select_related("population__control__risk__plan", "population__locked_by", "seed_set_by", "drawn_by")
        .order_by("population__control__risk__number", "pk")
    )
    outcomes: dict[int, dict[str, int]] = defaultdict(dict)
    counted = SampleItem.objects.in_sample().filter(sample__in=[one.pk for one in samples])
    for sample, outcome, number in counted.order_by().values_list("sample", "outcome").annotate(number=Count("pk")):
        outcomes[sample][outcome] = number
    rows = []
    for one in samples:
        population = one.population
        risk = population.control.risk
        came_to = [
            f"{label} {outcomes[one.pk][value]}" for value, label in SampleItem.Outcome.choices if outcomes[one.pk].get(value)
        ]
        rows.append(
            (
                title_cell(risk.title, risk.reference),
                title_cell(population.name, population.source_system),
                who_when(population.locked_by, population.locked_at),
                Cell((Block(Kind.TEXT, str(population.row_count or 0)),), population.row_count or 0),
                text_cell(str(one.get_method_display())),
                Cell((Block(Kind.TEXT, str(one.size or 0)),), one.size or 0),
                _seed(one),
                who_when(one.drawer, one.drawn_at),
                Cell((Block(Kind.TEXT, one.algorithm), Block(Kind.SMALL, one.record_sha256))) if one.is_drawn else Cell(),
                text_cell(", ".join(came_to) or str(one.get_state_display())),
            )
        )
    return Table(
        "samples",
        _("Samples"),
        (
            Column("risk", _("Identified risk"), 18),
            Column("population", _("Population"), 18),
            Column("locked", _("Population locked by"), 15),
            Column("rows", _("Rows"), 8, "number"),
            Column("method", _("Method"), 12),
            Column("size", _("Size"), 7, "number"),
            Column("seed", _("Seed"), 20),
            Column("drawn", _("Drawn by"), 15),
            Column("record", _("Record of the draw"), 28),
            Column("outcome", _("Outcome"), 14),
        ),
        tuple(rows),
        description=_(
            "One row for each sample: what it was drawn from and who locked that, how, by which seed, who drew it and when, and "
            "the hash of its record."
        ),
        nothing=_("No sample was drawn."),
    )


def _seed(sample: Sample) -> Cell:
    if not sample.seed:
        return Cell()
    return Cell((Block(Kind.TEXT, sample.seed), Block(Kind.SMALL, _("Set by %(name)s") % {"name": sample.seed_setter})))
