"""Sampling's part in the registry of controls.follow_ups.backing: the results of the samples behind a follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.follow_ups.backing import Backing, Link, Picture
from controls.follow_ups.contributions import Contribution, Of, of_a_check
from controls.models import Check, Closing, Control, FollowUp, Method, Sample, SampleItem
from controls.reporting.paper import Table
from controls.reporting.proofs import ProvenMethod
from controls.sampling.samples import appraisal, appraisal_words, in_auditors_file
from riskreg.access.verbs import Verb
from riskreg.database.compiled import rows_once_compiled
from riskreg.models import Risk, User

EXAMINES_ITEMS = frozenset({Method.SAMPLING, Method.RECONCILIATION, Method.REVIEW})
"""The methods of a control for which populations and samples are offered."""


class Sampling(ProvenMethod):
    code = "sampling"

    def show(self, follow_ups: Sequence[FollowUp]) -> list[list[Backing]]:
        """Return what each drawn sample shows. Two queries, or none where no follow-up is saved yet."""
        samples = samples_behind(follow_ups)
        return [[backing_of(sample) for sample in samples if sample.is_drawn and is_behind(sample, one)] for one in follow_ups]

    def start(self, control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> Link | None:
        if control.method not in EXAMINES_ITEMS:
            return None
        of = f"?follow_up={follow_up.pk}" if follow_up is not None else f"?check={check.pk}" if check is not None else ""
        return Link(reverse("population_add", args=[control.pk]) + of, _("Populations and samples"))

    def work_on(self, check: Check, user: User) -> tuple[str, list[Link]]:
        drawn = Sample.objects.visible_to(user).filter(occasion=check).select_related("population")
        return _("Samples"), [Link(sample.get_absolute_url(), sample.population.name) for sample in drawn]

    def prove(self, user: User, risks: QuerySet[Risk], closing: Closing) -> Table:
        return in_auditors_file.table_of_samples(user, risks, closing)

    def contributions(self) -> list[Contribution]:
        return [
            Contribution("outcomes", lambda: _("You recorded outcomes of its sample."), _outcomes),
            Contribution("seeding", lambda: _("You set the seed of its sample."), _seeding),
            Contribution("drawing", lambda: _("You drew items of its sample."), _drawing),
        ]


def _outcomes(of: Of) -> QuerySet[Any]:
    examined = SampleItem.history.filter(history_user=F("examined_by"))
    rows: QuerySet[Any] = examined.filter(_drawn_for(of, "sample__"))
    return rows


def _seeding(of: Of) -> QuerySet[Any]:
    seeded = Sample.history.filter(history_user=F("seed_set_by"), state=Sample.State.SEEDED)
    rows: QuerySet[Any] = seeded.filter(_drawn_for(of, ""))
    return rows


def _drawing(of: Of) -> QuerySet[Any]:
    # Rows of items that nobody has examined (yet): by who drew them, extended the sample by them, or took an outcome back.
    drawn = SampleItem.history.filter(_drawn_for(of, "sample__"))
    rows: QuerySet[Any] = drawn.filter(Q(history_type="+") | Q(outcome=SampleItem.Outcome.PENDING))
    return rows


def _drawn_for(of: Of, sample: str) -> Q:
    """Return the condition that the sample behind `sample` was drawn for the follow-up, or for a check of its period."""
    return Q(**{f"{sample}follow_up": of("pk")}) | of_a_check(of, f"{sample}occasion__")


def samples_behind(follow_ups: Sequence[FollowUp]) -> list[Sample]:
    """Return the samples drawn for the follow-up, or for its check, with their items; two queries."""
    saved = [one.pk for one in follow_ups if one.pk]
    checks = [one.check_performed_id for one in follow_ups if one.check_performed_id]
    if not saved and not checks:
        return []
    if len(follow_ups) > 1:
        return list(_samples(saved, checks))

    def of_one(*keys: int) -> QuerySet[Sample]:
        return _samples(keys[: len(saved)], keys[len(saved) :])

    return rows_once_compiled(("samples behind", len(saved), len(checks)), of_one, *saved, *checks)


def _samples(follow_ups: Sequence[int], checks: Sequence[int]) -> QuerySet[Sample]:
    items = SampleItem.objects.exclude(kind=SampleItem.Kind.RESERVE).only("sample_id", *appraisal.READ).order_by("position")
    found = Sample.objects.filter(Q(follow_up__in=follow_ups) | Q(occasion__in=checks))
    return found.select_related("population").order_by("pk").prefetch_related(Prefetch("items", items))


def is_behind(sample: Sample, follow_up: FollowUp) -> bool:
    """Return whether the sample was drawn for the follow-up, or for its check."""
    of_check = sample.occasion_id is not None and sample.occasion_id == follow_up.check_performed_id
    return of_check or (sample.follow_up_id is not None and sample.follow_up_id == follow_up.pk)


def backing_of(sample: Sample) -> Backing:
    """Return what a drawn sample shows."""
    seen = appraisal.appraise(sample, list(sample.items.all()))
    verdict, sentence = appraisal_words.verdict(seen)
    tone, symbol = appraisal_words.tone(seen)
    plot = appraisal_words.LimitPlot.of(seen)
    missing = []
    if seen.left:
        words = ngettext("%(left)d item is not examined yet.", "%(left)d items are not examined yet.", seen.left)
        missing.append(words % {"left": seen.left})
    if seen.needs_second:
        missing.append(_("The second stage is to be drawn."))
    return Backing(
        source=_("The sample"),
        heading=_("The sample: %(name)s") % {"name": sample.population.name},
        suggested=appraisal_words.suggested_conclusion(seen),
        verdict=verdict,
        sentence=sentence,
        tone=tone,
        symbol=symbol,
        facts=appraisal_words.facts(seen),
        done=seen.examined,
        total=seen.total,
        draft=appraisal_words.draft(seen),
        missing=missing,
        remarks=appraisal_words.remarks(seen),
        link=Link(
            reverse("sample_items", args=[sample.pk]),
            _("The items"),
            label_of_work=_("Go through the items") if seen.left else "",
            right=Verb.READ_POPULATION,
        ),
        picture=Picture("controls/sample/limit_plot.html", plot) if plot else None,
    )
