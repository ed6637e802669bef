"""Evaluation of a sample as it stands, from its items and its design.

An item that could not be examined counts as a deviation, unless it was replaced. Items not yet examined count as sound in
the outlook, never in what is shown so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from controls.models import Sample, SampleItem
from controls.sampling.statistics import evaluate, monetary, strata
from controls.sampling.statistics.design import Kind as DesignKind
from controls.sampling.statistics.design import Method
from controls.sampling.statistics.evaluate import Evaluation, Suggestion
from controls.sampling.statistics.monetary import Audited, MonetaryEvaluation
from controls.sampling.statistics.stages import Stage
from controls.sampling.statistics.strata import Stratum

Outcome = SampleItem.Outcome
Kind = SampleItem.Kind
READ = ("kind", "outcome", "replaces_id", "extension_round", "amount", "correct_amount", "stratum")
"""The columns of an item that the evaluation reads: not its cells, which may be long."""
DEVIATING = (Outcome.DEVIATION, Outcome.NOT_EXAMINED)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The sample's standing. Shares are of the population's items; by amount, of its positive amounts."""

    sample: Sample
    population: int
    total: int
    examined: int
    deviations: int
    not_examined: int
    replaced: int
    confidence: Fraction
    tolerable: Fraction
    rate: Fraction | None
    lower: Decimal | None
    upper: Decimal | None
    upper_count: int | None
    suggestion: Suggestion | None
    """Once all are examined; earlier only what no further outcome can change."""
    was_extended: bool
    """For what it showed: then it is evaluated as the plan it was."""
    needs_second: int = 0
    """The number of items to draw now, in the second stage of a plan in two stages."""
    money: MonetaryEvaluation | None = None

    @property
    def left(self) -> int:
        return self.total - self.examined

    @property
    def is_complete(self) -> bool:
        return self.total > 0 and not self.left

    @property
    def is_census(self) -> bool:
        return self.sample.method == Method.CENSUS.value or self.total == self.population

    @property
    def found(self) -> int:
        """Deviations as they count: those found, and those that could not be examined."""
        return self.deviations + self.not_examined


def appraise(sample: Sample, items: Sequence[SampleItem] | None = None) -> Appraisal:
    """Evaluate the sample.

    One query for the items, unless they are given (all of the sample's, with what they replace).
    """
    if items is None:
        found = SampleItem.objects.filter(sample=sample).exclude(kind=Kind.RESERVE).order_by("position")
        items = list(found.only(*READ))
    replaced = {item.replaces_id for item in items if item.replaces_id}
    counted = [item for item in items if item.kind != Kind.RESERVE and item.pk not in replaced]
    design = sample.design or {}
    population = sample.population.row_count or int(design.get("population") or 0)
    tolerable = tolerable_of(design, population)
    confidence = Fraction(str(design.get("confidence", "0.95")))
    examined = [item for item in counted if item.outcome != Outcome.PENDING]
    standing = Appraisal(
        sample=sample,
        population=population,
        total=len(counted),
        examined=len(examined),
        deviations=sum(item.outcome == Outcome.DEVIATION for item in examined),
        not_examined=sum(item.outcome == Outcome.NOT_EXAMINED for item in examined),
        replaced=len(replaced),
        confidence=confidence,
        tolerable=tolerable,
        rate=None,
        lower=None,
        upper=None,
        upper_count=None,
        suggestion=None,
        was_extended=False,
    )
    if not examined or not 0 < tolerable < 1 or not 0 < confidence < 1:
        return standing
    if sample.method == Method.MONETARY.value:
        return _by_amount(standing, counted)
    if sample.method == Method.STRATIFIED.value:
        return _stratified(standing, counted, {item.pk: item for item in items})
    return _by_number(standing, counted, {item.pk: item for item in items})


def _round_of(item: SampleItem, items: dict[int, SampleItem]) -> int:
    """Return 0 for the first draw, else the extension the item belongs to, through what it replaces."""
    while item.replaces_id and item.replaces_id in items:
        item = items[item.replaces_id]
    if item.kind != Kind.EXTENSION:
        return 0
    # Of an extension nothing is known of, it is taken that it was made for what the sample had shown.
    return 1 if item.extension_round is None else item.extension_round


def _stages(items: Sequence[SampleItem], every: dict[int, SampleItem], *, pending_too: bool) -> list[Stage]:
    """Return the stages by extension round.

    An extension decided before anything was examined is part of the round before it.
    """
    counts: dict[int, list[int]] = {}
    for item in items:
        if item.outcome == Outcome.PENDING and not pending_too:
            continue
        count = counts.setdefault(_round_of(item, every), [0, 0])
        count[0] += 1
        count[1] += item.outcome in DEVIATING
    return [Stage(size, deviations) for _round, (size, deviations) in sorted(counts.items())]


def _by_number(standing: Appraisal, counted: Sequence[SampleItem], every: dict[int, SampleItem]) -> Appraisal:
    whole_items = [item for item in counted if item.kind == Kind.WHOLE]
    drawn = [item for item in counted if item.kind != Kind.WHOLE]

    def seen(pending_too: bool) -> Evaluation | None:
        stages = _stages(drawn, every, pending_too=pending_too)
        known = [item for item in whole_items if pending_too or item.outcome != Outcome.PENDING]
        if not stages and not known:
            return None
        # Whole items are known once all of them are examined; until then only the draw is evaluated.
        whole = Stage(len(known), sum(item.outcome in DEVIATING for item in known)) if len(known) == len(whole_items) else None
        if not stages and (whole is None or whole.size < standing.population):
            return None
        return evaluate.evaluate(
            stages,
            confidence=standing.confidence,
            tolerable=standing.tolerable,
            population=standing.population,
            whole=whole if whole is not None and whole.size else None,
        )

    so_far, outlook = seen(False), seen(True)
    return _with(standing, so_far, outlook, stages=_stages(drawn, every, pending_too=True))


def _with(standing: Appraisal, so_far: Evaluation | None, outlook: Evaluation | None, stages: Sequence[Stage]) -> Appraisal:
    if so_far is None:
        return replace(standing, rate=Fraction(standing.found, standing.examined), was_extended=len(stages) > 1)
    suggestion: Suggestion | None = None
    if standing.is_complete:
        suggestion = so_far.suggestion
    elif outlook is not None and outlook.suggestion is not Suggestion.SUPPORTED:
        # Even if all that are left are sound.
        suggestion = outlook.suggestion
    needs = 0
    second = int(standing.sample.design.get("second") or 0)
    if second and len(stages) == 1 and standing.is_complete and stages[0].deviations == 1:
        needs = second
    return replace(
        standing,
        rate=Fraction(standing.found, standing.examined),
        lower=so_far.limits.lower,
        upper=so_far.limits.upper,
        upper_count=so_far.limits.upper_count,
        suggestion=suggestion,
        was_extended=len(stages) > 1,
        needs_second=needs,
    )


def _stratified(standing: Appraisal, counted: Sequence[SampleItem], every: dict[int, SampleItem]) -> Appraisal:
    """Add the conservative limit over all groups, once something of each is examined.

    Items taken whole are a group of their own, and known. For a sample extended because of its result, the limit is
    that of the first draw, which was planned; the share counts everything.
    """
    sizes = {str(name): int(count) for name, count in standing.sample.design.get("strata_populations", {}).items()}
    rounds = {item.pk: _round_of(item, every) for item in counted}
    was_extended = any(rounds.values())
    whole = [item for item in counted if item.kind == Kind.WHOLE]
    standing = replace(standing, rate=Fraction(standing.found, standing.examined), was_extended=was_extended)

    def divided(pending_too: bool, *, planned_only: bool) -> list[Stratum]:
        def seen(items: Sequence[SampleItem]) -> list[SampleItem]:
            return [item for item in items if pending_too or item.outcome != Outcome.PENDING]

        groups = []
        for name, population in sizes.items():
            of_group = [item for item in counted if item.stratum == name and item.kind != Kind.WHOLE]
            rest = population - sum(item.stratum == name for item in whole)
            drawn = seen([item for item in of_group if not planned_only or not rounds[item.pk]])
            if rest:
                groups.append(Stratum(name, rest, len(drawn), sum(item.outcome in DEVIATING for item in drawn)))
        if whole:
            known = seen(whole)
            # Half-known is not known: a group taken whole counts once all of it is examined.
            size = len(known) if len(known) == len(whole) else 0
            groups.append(Stratum("", len(whole), size, sum(item.outcome in DEVIATING for item in known)))
        return groups

    now = divided(False, planned_only=was_extended)
    if any(not group.size for group in now) or sum(sizes.values()) != standing.population:
        return standing
    limit = strata.stratified_limit(now, confidence=standing.confidence)
    sound = [Stratum(group.name, group.population, group.size, group.size - group.deviations) for group in now]
    lower_count = standing.population - strata.stratified_limit(sound, confidence=standing.confidence).upper_count
    # What was found is there, whichever draw it was found in.
    upper_count, lower_count = max(limit.upper_count, standing.found), max(lower_count, 0)
    intolerable = standing.tolerable * standing.population
    suggestion: Suggestion | None = None
    if standing.is_complete:
        suggestion = (
            Suggestion.SUPPORTED
            if upper_count < intolerable
            else Suggestion.EXCEEDED
            if lower_count >= intolerable
            else Suggestion.NOT_SUPPORTED
        )
    else:
        outlook = strata.stratified_limit(divided(True, planned_only=was_extended), confidence=standing.confidence)
        if max(outlook.upper_count, standing.found) >= intolerable:
            suggestion = Suggestion.NOT_SUPPORTED
    return replace(
        standing,
        rate=strata.stratified_limit(divided(False, planned_only=False), confidence=standing.confidence).rate,
        lower=Decimal(lower_count) / standing.population,
        upper=Decimal(upper_count) / standing.population,
        upper_count=upper_count,
        suggestion=suggestion,
    )


def _by_amount(standing: Appraisal, counted: Sequence[SampleItem]) -> Appraisal:
    book = Decimal(str(standing.sample.design.get("book_value") or 0))
    size = int(standing.sample.size or 0)
    if book <= 0 or size < 1:
        return standing
    items = [_audited(item) for item in counted if item.amount is not None and item.amount > 0]
    seen = monetary.evaluate(
        items,
        book_value=book,
        interval=monetary.interval(book, size),
        confidence=standing.confidence,
        tolerable=standing.tolerable,
    )
    suggestion = seen.suggestion if standing.is_complete or seen.suggestion is not Suggestion.SUPPORTED else None
    return replace(
        standing,
        rate=Fraction(seen.likely) / Fraction(book),
        lower=None,
        upper=Decimal(str(seen.upper)) / book,
        suggestion=suggestion,
        money=seen,
    )


def _audited(item: SampleItem) -> Audited:
    """Return the item for the evaluation by amount.

    One not yet examined counts as booked; one that could not be examined has nothing shown to be right.
    """
    amount = item.amount or Decimal(0)
    correct = amount
    if item.outcome == Outcome.NOT_EXAMINED:
        correct = Decimal(0)
    elif item.outcome == Outcome.DEVIATION:
        correct = Decimal(0) if item.correct_amount is None else item.correct_amount
    return Audited(amount, correct, is_whole=item.kind == Kind.WHOLE)


def tolerable_of(design_json: dict[str, object], population: int) -> Fraction:
    """Return the share the sample is held against.

    It is the tolerable one, or for a discovery sample the critical number.
    """
    if design_json.get("kind") == DesignKind.DISCOVERY.value:
        return Fraction(int(str(design_json.get("critical", 1))), max(population, 1))
    return Fraction(str(design_json.get("tolerable", "0.05")))
