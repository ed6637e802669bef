"""Words for a sample's evaluation that an elected official understands; the suggested conclusion; the draft of the result."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.models import Conclusion, Sample
from controls.sampling.samples.appraisal import Appraisal
from controls.sampling.statistics.evaluate import Suggestion
from controls.sampling.words.percent import at_least, at_most, percent
from riskreg.numbers import number_text

WIDTH, HEIGHT = 420, 118
LEFT, RIGHT = 12, 12


def money(value: Decimal) -> str:
    """Return an amount in whole kronor."""
    return _("%(amount)s kr") % {"amount": number_text(value.quantize(Decimal(1)))}


def _values(seen: Appraisal) -> dict[str, object]:
    return {
        "confidence": percent(seen.confidence),
        "tolerable": percent(seen.tolerable),
        "found": seen.found,
        "left": seen.left,
        "total": number_text(seen.total),
        "examined": number_text(seen.examined),
        "population": number_text(seen.population),
        "upper": at_most(seen.upper) if seen.upper is not None else "–",
        "lower": at_least(seen.lower) if seen.lower is not None else "–",
        "rate": percent(seen.rate) if seen.rate is not None else "–",
        "second": seen.needs_second,
    }


def verdict(seen: Appraisal) -> tuple[str, str]:
    """Return the suggested conclusion: a few words, and the sentence behind them."""
    values = _values(seen)
    if not seen.examined:
        return _("Nothing is examined yet."), _("What the sample shows follows as items are gone through.")
    if seen.needs_second:
        return _("The second stage is to be drawn."), _(
            "One deviation was found in the first stage. By the plan %(second)d more items are drawn now."
        ) % values
    if seen.is_census and seen.is_complete and seen.money is None:
        below = seen.suggestion is Suggestion.SUPPORTED
        title = _("Known: below what is accepted.") if below else _("Known: at or above what is accepted.")
        return title, _("Every item was examined: %(rate)s deviate. %(tolerable)s is where it is no longer accepted.") % values
    if seen.suggestion is Suggestion.SUPPORTED:
        return _("Shown."), _(
            "With %(confidence)s confidence less than %(tolerable)s of the whole is wrong. That is what was to be shown."
        ) % values
    if seen.suggestion is Suggestion.EXCEEDED:
        return _("Too many deviations."), _(
            "With %(confidence)s confidence %(tolerable)s or more of the whole is wrong. That is more than is accepted."
        ) % values
    if seen.suggestion is Suggestion.NOT_SUPPORTED and seen.is_complete:
        return _("Not shown."), _(
            "There may be more deviations than are accepted: up to %(upper)s cannot be ruled out. It is not proven that "
            "there are; the sample is too small to say."
        ) % values
    if seen.suggestion is Suggestion.NOT_SUPPORTED:
        return _("Can no longer be shown."), ngettext(
            "Even if the %(left)d item that is left is without deviation, this sample cannot show that less than %(tolerable)s "
            "is wrong. It is not proven that more is.",
            "Even if the %(left)d items that are left are without deviation, this sample cannot show that less than "
            "%(tolerable)s is wrong. It is not proven that more is.",
            seen.left,
        ) % values
    return _("Not shown yet."), ngettext(
        "%(left)d item is left. What is said below is of those examined so far.",
        "%(left)d items are left. What is said below is of those examined so far.",
        seen.left,
    ) % values


def tone(seen: Appraisal) -> tuple[str, str]:
    """Return (tone, symbol) of the verdict."""
    if seen.needs_second or not seen.is_complete:
        if seen.suggestion is Suggestion.EXCEEDED:
            return "critical", "✕"
        return ("guard", "!") if seen.suggestion else ("ongoing", "◷")
    return {
        Suggestion.SUPPORTED: ("low", "✓"),
        Suggestion.EXCEEDED: ("critical", "✕"),
        Suggestion.NOT_SUPPORTED: ("guard", "!"),
    }.get(seen.suggestion or Suggestion.NOT_SUPPORTED, ("guard", "!"))


def facts(seen: Appraisal) -> list[tuple[str, str]]:
    """Return the figures as (label, words), one by one."""
    values = _values(seen)
    rows = [
        (_("Examined"), _("%(examined)s of %(total)s, from a population of %(population)s") % values),
        (_("Deviations"), number_text(seen.deviations)),
    ]
    if seen.not_examined:
        rows.append(
            (_("Could not be examined"), _("%(count)s, counted as deviations") % {"count": number_text(seen.not_examined)})
        )
    if seen.replaced:
        rows.append((_("Replaced"), number_text(seen.replaced)))
    if seen.money is not None:
        rows += _money_facts(seen)
    elif seen.rate is not None:
        rows.append((_("Share that deviates"), str(values["rate"])))
        if seen.upper is not None and not (seen.is_census and seen.is_complete):
            limit = _("%(upper)s, with %(confidence)s confidence") % values
            if seen.upper_count is not None:
                limit += " " + _("(%(count)s items)") % {"count": number_text(seen.upper_count)}
            rows.append((_("At most in the whole population"), limit))
    rows.append((_("Accepted"), _("below %(tolerable)s") % values))
    return rows


def _money_facts(seen: Appraisal) -> list[tuple[str, str]]:
    assert seen.money is not None
    found = seen.money
    rows = [
        (_("Book value"), money(found.book_value)),
        (_("Too much, found in items taken whole"), money(found.known)),
        (_("Too much, projected from the others"), money(found.projected)),
        (_("Too much in all, at most"), f"{money(found.upper)} ({at_most(found.upper_rate)})"),
        (_("Still accepted"), money(found.tolerable_amount)),
    ]
    if found.known_under or found.projected_under:
        rows.append((_("Too little (apart, not netted)"), money(found.known_under + found.projected_under)))
    return rows


def remarks(seen: Appraisal) -> list[str]:
    """Return what a reader must know of the evaluation."""
    said = []
    if seen.was_extended and seen.sample.method == Sample.Method.STRATIFIED:
        said.append(
            _(
                "The sample was extended because of what it showed. Divided among groups, the limit is that of the first draw, "
                "which was planned; the share counts everything."
            )
        )
    elif seen.was_extended and not seen.sample.design.get("second"):
        said.append(
            _(
                "The sample was extended because of what it showed, so it is evaluated as the plan it was: its limit lies "
                "higher than that of a sample of this size from the start."
            )
        )
    if seen.sample.method == Sample.Method.STRATIFIED:
        said.append(_("The limit for all groups together is conservative: it is never below the exact worst case."))
    if seen.money is not None:
        said.append(_("The upper limit is Stringer's bound, with Poisson factors. What is booked too little stands apart."))
        if seen.suggestion is Suggestion.EXCEEDED:
            said.append(_("That too much is wrong is shown by Hoeffding's inequality, whatever the sizes of the errors."))
    return said


def suggested_conclusion(seen: Appraisal) -> Conclusion:
    """Return the conclusion of a follow-up that the sample suggests."""
    if not seen.is_complete or seen.needs_second:
        return Conclusion.ONGOING
    if seen.suggestion is Suggestion.EXCEEDED:
        return Conclusion.SIGNIFICANT_DEVIATIONS
    if not seen.found:
        return Conclusion.NO_DEVIATIONS
    if seen.suggestion is Suggestion.NOT_SUPPORTED and seen.rate is not None and seen.rate >= seen.tolerable:
        return Conclusion.SIGNIFICANT_DEVIATIONS
    return Conclusion.MINOR_DEVIATIONS


def draft(seen: Appraisal) -> str:
    """Return the follow-up's result as a text to edit: population, size, method, deviations, limit."""
    sample, values = seen.sample, _values(seen)
    population = sample.population
    method = {
        Sample.Method.RANDOM: _("a random sample"),
        Sample.Method.STRATIFIED: _("a random sample divided by group"),
        Sample.Method.MONETARY: _("a sample by amount"),
        Sample.Method.CENSUS: _("every item"),
    }[Sample.Method(sample.method)]
    sentences = []
    if seen.is_census:
        words = _("All %(population)s items of the population “%(name)s” (%(source)s) were to be examined.")
    else:
        words = _("From the population “%(name)s” (%(source)s), %(population)s items, %(method)s of %(total)s was drawn.")
    sentences.append(words % {**values, "name": population.name, "source": population.source_system, "method": method})
    if seen.left:
        sentences.append(
            ngettext(
                "%(examined)s are examined and %(left)d is left.", "%(examined)s are examined and %(left)d are left.", seen.left
            )
            % values
        )
    sentences.append(
        ngettext("%(found)d deviation was found.", "%(found)d deviations were found.", seen.deviations)
        % {"found": seen.deviations}
        if seen.deviations
        else _("No deviations were found.")
    )
    if seen.not_examined:
        sentences.append(
            ngettext(
                "%(count)d item could not be examined and counts as a deviation.",
                "%(count)d items could not be examined and count as deviations.",
                seen.not_examined,
            )
            % {"count": seen.not_examined}
        )
    if seen.replaced:
        words = ngettext(
            "%(count)d item was replaced by the next in turn.",
            "%(count)d items were replaced by the next in turn.",
            seen.replaced,
        )
        sentences.append(words % {"count": seen.replaced})
    if seen.money is not None:
        sentences.append(
            _("The error is estimated at %(likely)s of %(book)s, and with %(confidence)s confidence it is at most %(upper)s.")
            % {
                **values,
                "likely": money(seen.money.likely),
                "book": money(seen.money.book_value),
                "upper": money(seen.money.upper),
            }
        )
    elif seen.is_census and seen.is_complete:
        sentences.append(_("%(rate)s of all items deviate.") % values)
    elif seen.upper is not None:
        sentences.append(_("With %(confidence)s confidence at most %(upper)s of all items deviate.") % values)
    sentences.append(verdict(seen)[1])
    sentences += remarks(seen)[:1] if seen.was_extended else []
    return " ".join(sentences)


@dataclass(frozen=True, slots=True)
class LimitPlot:
    """The bar of the found rate and the rates not ruled out, against the line of what is accepted."""

    found: float
    low: float
    high: float
    tolerable: float
    tone: str
    words: str
    found_label: str
    high_label: str
    tolerable_label: str
    found_at: float
    high_at: float
    tolerable_at: float
    left: int = LEFT
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def of(cls, seen: Appraisal) -> LimitPlot | None:
        if seen.rate is None or seen.upper is None:
            return None
        values = _values(seen)
        upper, tolerable, rate = float(seen.upper), float(seen.tolerable), float(seen.rate)
        widest = min(max(upper, tolerable, rate) * 1.25, 1.0) or 1.0

        def across(share: float) -> float:
            return round(LEFT + min(share / widest, 1.0) * (WIDTH - LEFT - RIGHT), 1)

        def label(at: float) -> float:
            # Half of the longest label in the larger type of a narrow column.
            return min(max(at, 96.0), WIDTH - 96.0)

        high, found, line = across(upper), across(rate), across(tolerable)
        return cls(
            found=found,
            low=across(float(seen.lower or 0)),
            high=high,
            tolerable=line,
            tone=tone(seen)[0],
            words=_("Found %(rate)s; at most %(upper)s; accepted below %(tolerable)s.") % values,
            found_label=_("found %(rate)s") % values,
            high_label=_("at most %(upper)s") % values,
            tolerable_label=_("accepted below %(tolerable)s") % values,
            found_at=label(found),
            high_at=label(high),
            tolerable_at=label(line),
        )
