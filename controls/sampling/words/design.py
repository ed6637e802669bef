"""Words for what a designed sample can and cannot prove; and the plot of size against the tolerable share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.sampling.statistics.design import Design, Kind, Method
from controls.sampling.statistics.evaluate import limits
from controls.sampling.statistics.size import curve
from controls.sampling.words.percent import at_most, percent
from riskreg.numbers import number_text

WIDTH, HEIGHT = 420, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 34
MOST_PLOTTED = 3000
RATES = [Decimal(n) / 200 for n in range(2, 41)]


@dataclass(frozen=True, slots=True)
class DesignInWords:
    """One design for a person: headline, what it can show, what it cannot, and limits by number of deviations found."""

    number: str
    headline: str
    can: list[str]
    cannot: list[str]
    proofs: list[tuple[int, str]]
    plot: SizePlot | None


def describe_design(design: Design) -> DesignInWords:
    """Return the design in words for a person."""
    population = design.frame.population
    number = number_text(design.size)
    if design.method is Method.MONETARY:
        headline = ngettext("krona is pointed at", "kronor are pointed at", design.size)
    else:
        words = ngettext("item of %(population)s", "items of %(population)s", design.size)
        headline = words % {"population": number_text(population)}
    can, cannot = _can(design), _cannot(design)
    return DesignInWords(number, headline, can, cannot, _proofs(design), SizePlot.of(design))


def _can(design: Design) -> list[str]:
    asked = design.asked
    values = {
        "confidence": percent(asked.confidence),
        "tolerable": percent(asked.tolerable),
        "accepted": int(design.accepted),
        "second": design.second,
        "first": design.size,
        "critical": asked.critical,
    }
    if design.method is Method.CENSUS:
        return [_("Every item is examined. The share of deviations is then known, not estimated.")]
    if asked.kind is Kind.DISCOVERY:
        return [
            ngettext(
                "If there is %(critical)d critical item or more, at least one is in the sample with %(confidence)s confidence.",
                "If there are %(critical)d critical items or more, at least one is in the sample with %(confidence)s confidence.",
                asked.critical,
            )
            % values
        ]
    if asked.kind is Kind.TWO_STAGES:
        return [
            _("No deviation among the first %(first)d: with %(confidence)s confidence less than %(tolerable)s deviate.") % values,
            _(
                "Exactly one: %(second)d more are drawn. If none of these deviates, the same is shown. "
                "This was decided beforehand, which is why it may be said."
            )
            % values,
        ]
    if design.method is Method.MONETARY:
        large = _("Large amounts are drawn more often than small ones, and the largest are all examined.")
        if not design.accepted:
            said = _("If nothing wrong is found, less than %(tolerable)s of the amount is wrong, with %(confidence)s confidence.")
            return [said % values, large]
        return [
            _(
                "If what is found comes to at most %(accepted)s whole deviations, then with %(confidence)s confidence less than "
                "%(tolerable)s of the amount is wrong."
            )
            % {**values, "accepted": number_text(design.accepted.quantize(Decimal("0.01")).normalize())},
            large,
        ]
    if asked.kind is Kind.ATTRIBUTES:
        return [
            ngettext(
                "If at most %(accepted)d deviation is found, then with %(confidence)s confidence less than %(tolerable)s of "
                "all items deviate.",
                "If at most %(accepted)d deviations are found, then with %(confidence)s confidence less than %(tolerable)s of "
                "all items deviate.",
                int(design.accepted),
            )
            % values
            if design.accepted
            else _("If no deviation is found, then with %(confidence)s confidence less than %(tolerable)s of all items deviate.")
            % values
        ]
    return [
        _("The number is custom, not calculated. What it shows depends on what is found: see the table.")
        if asked.kind is Kind.PRESET
        else _("The number is your own. What it shows depends on what is found: see the table.")
    ]


def _cannot(design: Design) -> list[str]:
    if design.method is Method.CENSUS:
        return [_("It says nothing of items that are missing from the population.")]
    said = [
        _("It does not show that the others are without deviations, nor which of them deviate."),
        _("More deviations than planned for: then it is not shown. That is not the same as shown to be bad."),
    ]
    if design.method is Method.STRATIFIED:
        said.append(_("Divided among groups, the limit for all of them together has a margin, so it shows a little less."))
    if design.asked.kind is Kind.DISCOVERY:
        said[1] = _("It says little of errors that are common but not critical.")
    said.append(_("It says nothing of items that are missing from the population."))
    return said


def _proofs(design: Design) -> list[tuple[int, str]]:
    """Return the highest share not ruled out, by number of deviations found; for samples of items drawn alike."""
    if design.method in {Method.CENSUS, Method.MONETARY} or design.second:
        return []
    population = None if design.strata else design.frame.population
    most = max(2, int(design.accepted) + 1)
    return [
        (found, at_most(limits(design.size, found, confidence=design.asked.confidence, population=population).upper))
        for found in range(min(most, design.size) + 1)
    ]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class SizePlot:
    """The curve of sizes, ready to be drawn; and the same in words and as rows."""

    line: str
    x: float
    y: float
    label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    rows: list[tuple[str, str]]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    bottom: int = HEIGHT - BOTTOM
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP

    @classmethod
    def of(cls, design: Design) -> SizePlot | None:
        """Return the plot of the design's sizes; None where the size does not follow from the tolerable share.

        Also None above MOST_PLOTTED: nobody goes through so many items.
        """
        asked = design.asked
        if asked.kind is not Kind.ATTRIBUTES or design.size > MOST_PLOTTED:
            return None
        rates = sorted({*RATES, asked.tolerable})
        # A size many times the one at hand is not on the way anywhere: the plot ends above it.
        here = design.size
        points = curve(
            rates,
            confidence=asked.confidence,
            expected=asked.expected,
            expected_rate=asked.expected_rate,
            population=design.frame.population,
            largest=max(min(6 * here, MOST_PLOTTED), 60),
        )
        if len(points) < 2:
            return None
        highest = max(size for _rate, size in points)
        widest = max(rate for rate, _size in points)

        def across(rate: Decimal) -> float:
            return round(LEFT + float(rate / widest) * (WIDTH - LEFT - RIGHT), 1)

        def up(size: int) -> float:
            return round(HEIGHT - BOTTOM - size / highest * (HEIGHT - BOTTOM - TOP), 1)

        step = _step(highest)
        values = {"size": here, "tolerable": percent(asked.tolerable)}
        by_rate = dict(points)
        listed = [Decimal(n) / 100 for n in (1, 2, 3, 5, 8, 10, 15, 20)]
        return cls(
            line=" ".join(f"{across(rate)},{up(size)}" for rate, size in points),
            x=across(asked.tolerable),
            y=up(here),
            label=_("%(size)d items at %(tolerable)s") % values,
            x_ticks=[Tick(across(rate), percent(rate)) for rate in RATES if rate % Decimal("0.05") == 0 and rate <= widest],
            y_ticks=[Tick(up(size), str(size)) for size in range(0, highest + 1, step)],
            rows=[(percent(rate), str(by_rate[rate])) for rate in listed if rate in by_rate],
            words=_("The more deviations can be accepted, the smaller the sample: %(size)d items at %(tolerable)s.") % values,
        )


def _step(highest: int) -> int:
    for step in (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500, 5000, 10000, 25000):
        if highest / step <= 5:
            return step
    return highest
