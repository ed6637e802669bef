"""The samples behind a follow-up: what they show beside its conclusion, and whether that conclusion departs from it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from controls.models import Conclusion, FollowUp, Sample, SampleItem
from controls.sampling.samples import appraisal, appraisal_words


@dataclass(frozen=True, slots=True)
class Backing:
    """One sample of a follow-up, for its page."""

    sample: Sample
    seen: appraisal.Appraisal
    suggested: Conclusion
    verdict: str
    sentence: str
    tone: str
    symbol: str
    facts: list[tuple[str, str]]
    remarks: list[str]
    plot: appraisal_words.LimitPlot | None
    draft: str


def samples_behind(follow_up: FollowUp) -> list[Sample]:
    """Those drawn for it, or for its check, with their items; two queries."""
    condition = Q(follow_up=follow_up)
    if follow_up.check_performed_id:
        condition |= Q(occasion=follow_up.check_performed_id)
    items = SampleItem.objects.exclude(kind=SampleItem.Kind.RESERVE).only("sample_id", *appraisal.READ).order_by("position")
    found = Sample.objects.filter(condition).select_related("population").order_by("pk")
    return list(found.prefetch_related(Prefetch("items", items)))


def backings_of(follow_up: FollowUp) -> list[Backing]:
    """What each sample that is drawn shows."""
    return [_backing(sample) for sample in samples_behind(follow_up) if sample.is_drawn]


def _backing(sample: Sample) -> Backing:
    seen = appraisal.appraise(sample, list(sample.items.all()))
    verdict, sentence = appraisal_words.verdict(seen)
    tone, symbol = appraisal_words.tone(seen)
    return Backing(
        sample,
        seen,
        appraisal_words.suggested(seen),
        verdict,
        sentence,
        tone,
        symbol,
        appraisal_words.facts(seen),
        appraisal_words.remarks(seen),
        appraisal_words.LimitPlot.of(seen),
        appraisal_words.draft(seen),
    )


def suggested_conclusion(backings: list[Backing]) -> Conclusion | None:
    """The gravest of what the samples suggest; None without samples."""
    return min((backing.suggested for backing in backings), key=lambda one: one.gravity, default=None)


def departure(follow_up: FollowUp, backings: list[Backing] | None = None) -> str:
    """How the conclusion departs from what the samples suggest, in words; empty when it does not."""
    if not follow_up.conclusion:
        return ""
    suggested = suggested_conclusion(backings_of(follow_up) if backings is None else backings)
    if suggested is None or suggested == follow_up.conclusion:
        return ""
    return _("The sample suggests “%(suggested)s”, and the conclusion is “%(chosen)s”.") % {
        "suggested": suggested.label,
        "chosen": Conclusion(follow_up.conclusion).label,
    }
