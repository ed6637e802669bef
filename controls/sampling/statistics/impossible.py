"""Plans and evaluations that are impossible, as errors a form can show at its field."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """The reason why a sample cannot be planned or evaluated; `controls.sampling.words.impossible` words it."""

    CONFIDENCE_OUTSIDE = "confidence_outside"
    TOLERABLE_OUTSIDE = "tolerable_outside"
    EXPECTED_NEGATIVE = "expected_negative"
    EXPECTED_OUTSIDE = "expected_outside"
    EXPECTED_REACHES_TOLERABLE = "expected_reaches_tolerable"
    EXPECTED_TWICE = "expected_twice"
    PRESET_MISSING = "preset_missing"
    AMOUNTS_MISSING = "amounts_missing"
    EXPECTED_TOO_CLOSE = "expected_too_close"
    POPULATION_EMPTY = "population_empty"
    POPULATION_UNKNOWN = "population_unknown"
    SIZE_BELOW_ONE = "size_below_one"
    SIZE_ABOVE_POPULATION = "size_above_population"
    CRITICAL_BELOW_ONE = "critical_below_one"
    CRITICAL_ABOVE_POPULATION = "critical_above_population"
    DEVIATIONS_OUTSIDE = "deviations_outside"
    STRATA_MISSING = "strata_missing"
    STRATUM_EMPTY = "stratum_empty"
    STRATUM_UNKNOWN = "stratum_unknown"
    STRATUM_WITHOUT_SIZE = "stratum_without_size"
    STRATUM_TOO_SMALL = "stratum_too_small"
    FEWER_THAN_STRATA = "fewer_than_strata"
    RATES_TELL_NOTHING = "rates_tell_nothing"
    BOOK_VALUE_NOT_POSITIVE = "book_value_not_positive"
    START_OUTSIDE = "start_outside"
    CORRECT_BELOW_ZERO = "correct_below_zero"


class NotPossible(ValueError):
    """A plan or an evaluation that cannot be. `field` is the input to blame, `about` the values to name in the words."""

    def __init__(self, problem: Problem, field: str, **about: object) -> None:
        super().__init__(f"{field}: {problem.value} {about or ''}".strip())
        self.problem = problem
        self.field = field
        self.about = about
