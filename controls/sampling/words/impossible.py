"""Words for impossible plans and evaluations: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.words.percent import percent
from riskreg.numbers import number_text

_WORDS: dict[Problem, Callable[[], str]] = {
    Problem.CONFIDENCE_OUTSIDE: lambda: _("The confidence lies between 0 and 100 per cent, without these. 95 is usual."),
    Problem.TOLERABLE_OUTSIDE: lambda: _("The tolerable share lies between 0 and 100 per cent, without these. 5 is usual."),
    Problem.EXPECTED_NEGATIVE: lambda: _("The number of expected deviations is zero or more."),
    Problem.EXPECTED_OUTSIDE: lambda: _("The expected share is zero or more, and less than 100 per cent."),
    Problem.EXPECTED_REACHES_TOLERABLE: lambda: _(
        "So many deviations are expected that the share cannot be shown to be tolerable. Accept a larger share, expect fewer, "
        "or examine every item."
    ),
    Problem.EXPECTED_TOO_CLOSE: lambda: _(
        "This would take more than %(largest)s items. Accept a larger share, expect fewer deviations, or be content with a lower "
        "confidence."
    ),
    Problem.EXPECTED_TWICE: lambda: _("State the expected deviations as a number or as a share, not both."),
    Problem.PRESET_MISSING: lambda: _("Choose how often the control is performed."),
    Problem.AMOUNTS_MISSING: lambda: _(
        "The population has no amount column, so it cannot be drawn by amount. Choose another way, or choose the amount column "
        "of the population before it is locked."
    ),
    Problem.POPULATION_EMPTY: lambda: _("The population is empty: there is nothing to draw from."),
    Problem.POPULATION_UNKNOWN: lambda: _("The number of items in the population is not known yet. Lock it first."),
    Problem.SIZE_BELOW_ONE: lambda: _("A sample has at least one item."),
    Problem.SIZE_ABOVE_POPULATION: lambda: _(
        "There are %(population)s items to draw from, which is fewer than %(size)s. Choose a smaller number, or every item."
    ),
    Problem.CRITICAL_BELOW_ONE: lambda: _("State how many critical items must not be missed: at least one."),
    Problem.CRITICAL_ABOVE_POPULATION: lambda: _(
        "There are %(population)s items, so there cannot be %(critical)s critical ones."
    ),
    Problem.DEVIATIONS_OUTSIDE: lambda: _("There cannot be %(deviations)s deviations among %(size)s items."),
    Problem.STRATA_MISSING: lambda: _(
        "The population has no column of groups. Choose one before the population is locked, or do not divide the sample."
    ),
    Problem.STRATUM_EMPTY: lambda: _("The group “%(stratum)s” has no items."),
    Problem.STRATUM_UNKNOWN: lambda: _("There is no group “%(stratum)s” in the population."),
    Problem.STRATUM_WITHOUT_SIZE: lambda: _("State a value for the group “%(stratum)s”."),
    Problem.STRATUM_TOO_SMALL: lambda: _(
        "The group “%(stratum)s” has %(population)s items: from 1 to %(population)s can be drawn from it, not %(size)s."
    ),
    Problem.FEWER_THAN_STRATA: lambda: _("At least one item is drawn from each of the %(strata)s groups; %(size)s is too few."),
    Problem.RATES_TELL_NOTHING: lambda: _(
        "Shares of 0 and 100 per cent tell nothing of where more is uncertain. Divide as the population is divided instead."
    ),
    Problem.BOOK_VALUE_NOT_POSITIVE: lambda: _("There are no amounts above zero to draw from."),
    Problem.START_OUTSIDE: lambda: _("The starting point lies outside the interval."),
    Problem.CORRECT_BELOW_ZERO: lambda: _(
        "The correct amount is zero or more. What should have been a credit is zero here, and the rest goes in the note."
    ),
}


def in_words(refusal: NotPossible) -> str:
    """Return the refusal in words for a person, with its values as numbers of the language."""
    about = {name: _value(value) for name, value in refusal.about.items()}
    return _WORDS[refusal.problem]() % about


def _value(value: object) -> str:
    if isinstance(value, Decimal):
        return percent(value)
    if isinstance(value, int):
        return number_text(value)
    return str(value)
