"""Verbs on a designed sample: seed, draw, replace, extend, close, reopen.

A seed exists only after the population was locked, and once; there is one draw per population and check. What they
raise: NotPermitted, NotInThisState, ReasonNeeded, Refused, ValidationError.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.data_files.engine import Engine
from controls.data_files.long_work import Failed
from controls.models import Population, Sample, SampleItem, SamplingRun
from controls.sampling.drawing import record
from controls.sampling.drawing.items import NEXT, drawable_words, items_of, keep_items, next_items, pick_items
from controls.sampling.drawing.picking import NotDrawable, Picked
from controls.sampling.drawing.tickets import ALGORITHM, SYSTEM_SEED_DIGITS, InvalidSeed, normalise_seed
from controls.sampling.gate import SAMPLES, VERB_LABELS
from controls.sampling.populations.stored_file import path_of
from controls.sampling.runs import ask, finishing
from controls.sampling.settled import lock_what_stands_on, require_unsettled
from riskreg import clock
from riskreg.models import Unit, User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history
from riskreg.models.unit import ROOT_PATH_LENGTH
from riskreg.numbers import number_text
from riskreg.verbs.errors import NotInThisState, Refused
from riskreg.verbs.gate import Turn


def earlier_draws(population: Population) -> QuerySet[Sample]:
    """Return every sample with a seed on this content, from whatever upload: nobody tries seeds in secret."""
    seeded = Sample.objects.exclude(state=Sample.State.DESIGNED)
    return seeded.filter(population__sha256=population.sha256).exclude(population__sha256="").order_by("seed_set_at")


@dataclass(frozen=True, slots=True)
class EarlierDraws:
    """The draws from the same content in the reader's municipality: those they see, and how many more."""

    shown: Sequence[Sample]
    hidden: int

    def __bool__(self) -> bool:
        return bool(self.shown or self.hidden)


def earlier_draws_for(user: User, draws: QuerySet[Sample], unit: Unit) -> EarlierDraws:
    """Return the earlier draws for a reader. One query.

    A draw by another unit, or on a confidential risk, is theirs to name.
    """
    rows = draws.filter(population__unit__path__startswith=unit.path[:ROOT_PATH_LENGTH]).annotate(
        is_seen=Exists(Sample.objects.visible_to(user).filter(pk=OuterRef("pk")))
    )
    found = list(rows.select_related("population", "seed_set_by", "follow_up__closing"))
    shown = [draw for draw in found if draw.is_seen]
    return EarlierDraws(shown, len(found) - len(shown))


def seed_from_system(sample: Sample, *, by: User | None) -> Sample:
    """Set a seed of at least 128 bits from the operating system, as digits. by=None: the product itself."""
    digits = "".join(secrets.choice("0123456789") for _digit in range(SYSTEM_SEED_DIGITS))
    return _seed(sample, by=by, seed=digits, origin=Sample.SeedOrigin.SYSTEM, event="")


def seed_from_event(sample: Sample, *, by: User, digits: str, event: str) -> Sample:
    """Set a seed from the digits of a public event, with what, where and who saw it.

    Raises ValidationError by field.
    """
    wrong: dict[str, list[str]] = {}
    seed = ""
    try:
        seed = normalise_seed(digits)
    except InvalidSeed as error:
        wrong["seed"] = [_seed_words(error)]
    if not event.strip():
        wrong["event"] = [_("Say which event it was, where and when, and who saw it.")]
    if wrong:
        raise ValidationError(wrong)
    return _seed(sample, by=by, seed=seed, origin=Sample.SeedOrigin.EVENT, event=event.strip()[:500])


def _seed_words(error: InvalidSeed) -> str:
    messages = {
        "letters": _("A seed is digits alone; “%(value)s” is none. Type the digits as they were drawn."),
        "too_short": _("The seed has %(count)d digits. At least %(limit)d are needed, so that nobody can try seeds out."),
        "too_long": _("The seed has %(count)d digits. At most %(limit)d are kept."),
        "monotonous": _("The seed is the digit %(value)s again and again. That is no event of chance."),
    }
    return messages[error.code] % error.values


def _seed(sample: Sample, *, by: User | None, seed: str, origin: Sample.SeedOrigin, event: str) -> Sample:
    with SAMPLES.open(sample, "seed", by=by) as turn:
        row = turn.row
        population, now = row.population, clock.now()
        if not population.is_locked or population.locked_at is None:
            raise NotInThisState(VERB_LABELS["seed"](), population.get_state_display(), [VERB_LABELS["lock"]()])
        if now <= population.locked_at:
            raise Refused(_("The clock is before the moment the population was locked. A seed is set after the lock."))
        _require_size(row)
        _require_first_draw(row)
        row.seed, row.seed_origin, row.seed_event, row.seed_set_at = seed, origin, event, now
        row.seed_set_by, row.seed_set_by_itself = by, by is None
        row.population_locked_at, row.population_sha256 = population.locked_at, population.sha256
        return turn.save(reason=_("Seed set: %(origin)s") % {"origin": row.get_seed_origin_display()})


def _require_size(row: Sample) -> None:
    rows = row.population.row_count or 0
    if not row.size:
        raise Refused(_("The sample has no size yet. Design it first."))
    if row.size > rows and row.method != Sample.Method.MONETARY:
        numbers = {"size": number_text(row.size), "rows": number_text(rows)}
        raise Refused(_("A sample of %(size)s cannot be drawn from a population of %(rows)s. Change the design.") % numbers)


def _require_first_draw(row: Sample) -> None:
    """Refuse a second draw for the same check and population, also from a new upload of the same content."""
    others = earlier_draws(row.population).exclude(pk=row.pk).filter(population__control=row.population.control_id)
    there = others.filter(occasion=row.occasion_id, follow_up=row.follow_up_id).first()
    if there is not None and there.seed_set_at is not None:
        said = _(
            "This content was drawn from already for the same check, on %(day)s. A second draw would be a second "
            "try: extend that sample instead."
        )
        raise Refused(said % {"day": f"{clock.municipal(there.seed_set_at):%Y-%m-%d}"})


def draw(sample: Sample, *, by: User | None) -> tuple[Sample, SamplingRun]:
    """Queue the draw: performed at once for a small population, else by the worker. by=None: the product itself."""
    with SAMPLES.open(sample, "draw", by=by) as turn:
        row = turn.row
        if not row.population.is_locked:
            raise NotInThisState(VERB_LABELS["draw"](), row.population.get_state_display())
        rows = row.population.row_count or 0
        return row, ask(row.population, SamplingRun.Kind.DRAW, by=turn.author, size=rows, sample=row)


def draw_now(run: SamplingRun, engine: Engine) -> None:
    """Perform the draw; called by the run. Items, record and state are written in one transaction."""
    sample = run.sample
    if sample is None:
        raise Failed(_("The run names no sample."))
    population = run.population
    try:
        picked = pick_items(engine, path_of(population), population, sample)
    except NotDrawable as error:
        raise Failed(drawable_words(error)) from error
    with transaction.atomic():
        lock_what_stands_on(sample)
        _draw_into(run, sample, population, picked, by=run.author)


def _draw_into(run: SamplingRun, sample: Sample, population: Population, picked: Sequence[Picked], *, by: Author) -> None:
    now = clock.now()
    with finishing(run):
        # The run's own transaction, whose right was asked with the run: the verb was `draw`.
        row = Sample.objects.select_for_update(of=("self",)).select_related("population").get(pk=sample.pk)
        if row.state != Sample.State.SEEDED or row.seed != sample.seed or row.population_sha256 != population.sha256:
            raise Failed(_("The sample was changed while it was being drawn. Try again."))
        try:
            require_unsettled(row, VERB_LABELS["draw"]())
        except NotInThisState as refusal:
            raise Failed(str(refusal)) from None
        items = items_of(row, picked, first=1)
        row.drawn_at, row.algorithm, row.state = now, ALGORITHM, Sample.State.DRAWN
        row.drawn_by, row.drawn_by_itself = by.user, by.user is None
        row.record = record.head_of(row, row.population)
        row.record_sha256 = record.hash_of(row.record, items)
        count = sum(1 for item in items if item.kind != SampleItem.Kind.RESERVE)
        save_with_history(
            row, by=by, reason=ngettext("Drawn: %(count)d item", "Drawn: %(count)d items", count) % {"count": count}
        )
        keep_items(items, by=by, at=now)


def replace(item: SampleItem, *, by: User, reason: str) -> SampleItem:
    """Replace an item that cannot be examined by the next ticket; return the replacement."""
    with SAMPLES.open(item.sample, "replace", by=by, reason=reason) as turn:
        row = turn.row
        _require_tickets(row, VERB_LABELS["replace"]())
        # A companion of the sample, which is locked.
        gone = row.items.select_for_update(of=("self",)).filter(pk=item.pk).first()
        if gone is None or gone.kind == SampleItem.Kind.RESERVE or SampleItem.objects.filter(replaces=gone).exists():
            raise Refused(
                _("Item %(number)d is not in the sample: it is a reserve, or it was replaced.") % {"number": item.position}
            )
        if gone.kind == SampleItem.Kind.WHOLE:
            raise Refused(_("Item %(number)d is taken whole: no other can stand for it.") % {"number": gone.position})
        if gone.outcome in {SampleItem.Outcome.OK, SampleItem.Outcome.DEVIATION}:
            said = _("Item %(number)d has the outcome “%(outcome)s”. Only an item that could not be examined is replaced.")
            raise Refused(said % {"number": gone.position, "outcome": gone.get_outcome_display()})
        now = clock.now()
        if gone.outcome != SampleItem.Outcome.NOT_EXAMINED:
            gone.outcome, gone.examined_by, gone.examined_at = SampleItem.Outcome.NOT_EXAMINED, by, now
        gone.note = gone.note or reason.strip()
        gone.version += 1
        turn.save_also(gone, reason=_("Replaced: %(reason)s") % {"reason": reason.strip()})
        new = next_items(row, 1, by=turn.author, stratum=gone.stratum if row.method == Sample.Method.STRATIFIED else None)[0]
        new.kind, new.replaces, new.version = SampleItem.Kind.REPLACEMENT, gone, new.version + 1
        turn.save_also(
            new, reason=_("Replaces item %(number)d: %(reason)s") % {"number": gone.position, "reason": reason.strip()}
        )
        _save_change(turn, what="replace", reason=reason, items=[gone.position, new.position])
        return new


def extend(sample: Sample, *, by: User, count: int, reason: str, stratum: str = "") -> list[SampleItem]:
    """Add the next `count` tickets to the sample; for a sample by group, those of the group `stratum`."""
    with SAMPLES.open(sample, "extend", by=by, reason=reason) as turn:
        row = turn.row
        _require_tickets(row, VERB_LABELS["extend"]())
        if count < 1:
            raise ValidationError({"count": [_("Add at least one item.")]})
        by_group = row.method == Sample.Method.STRATIFIED
        if by_group and stratum not in row.design.get("strata", {}):
            groups = ", ".join(row.design.get("strata", {}))
            raise ValidationError({"stratum": [_("Choose one of the groups: %(groups)s.") % {"groups": groups}]})
        new = next_items(row, count, by=turn.author, stratum=stratum if by_group else None)
        extension_round = _next_round(row)
        for item in new:
            item.kind, item.version = SampleItem.Kind.EXTENSION, item.version + 1
            item.extension_round = extension_round
            turn.save_also(item, reason=_("Extension: %(reason)s") % {"reason": reason.strip()})
        _save_change(turn, what="extend", reason=reason, items=[item.position for item in new])
        return new


def _next_round(row: Sample) -> int:
    """Return the round of an extension: 0 while nothing is examined, since it is then part of the plan.

    A later one may answer to what was found.
    """
    if not row.items.exclude(outcome=SampleItem.Outcome.PENDING).exists():
        return 0
    return (row.items.aggregate(last=Max("extension_round"))["last"] or 0) + 1


def _require_tickets(row: Sample, verb: str) -> None:
    if row.method not in NEXT:
        said = _(
            "“%(verb)s” is not possible with the method “%(method)s”: an item that cannot be examined counts as a deviation."
        )
        raise Refused(said % {"verb": verb, "method": row.get_method_display()})


def _save_change(turn: Turn[Sample], *, what: str, reason: str, items: list[int]) -> None:
    """Save the sample with the change in its record of the draw."""
    row, by = turn.row, str(turn.author.person)
    row.record = record.with_change(row.record, what=what, at=clock.now(), by=by, reason=reason.strip(), items=items)
    row.record_sha256 = record.hash_of(row.record, row.items.all())
    label = VERB_LABELS[what]()
    turn.save(reason=f"{label}: {reason.strip()}")


def close(sample: Sample, *, by: User) -> Sample:
    """Close the sample: its items stand. Raises Refused while some are not examined."""
    with SAMPLES.open(sample, "close", by=by) as turn:
        row = turn.row
        left = row.items.in_sample().filter(outcome=SampleItem.Outcome.PENDING).count()
        if left:
            said = ngettext("%(count)d item is not examined yet.", "%(count)d items are not examined yet.", left)
            raise Refused(said % {"count": left})
        return turn.save()


def reopen(sample: Sample, *, by: User, reason: str) -> Sample:
    """Reopen a closed sample."""
    with SAMPLES.open(sample, "reopen", by=by, reason=reason) as turn:
        return turn.save()
