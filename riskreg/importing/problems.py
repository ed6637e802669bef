"""Problems of a row, in words that name the place, the value and what is allowed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _

from .cells import Place
from .fields import Field

Severity = Literal["error", "warning"]

_MESSAGES = {
    "no_risk_column": _("No column holds the risk. Choose which column is “%(allowed)s”."),
    "no_rows": _("There are no rows under the headings."),
    "title_missing": _(
        "The row has no risk. Write the risk's name, or leave its score empty if it is another control of the risk above."
    ),
    "risk_unnamed": _("The row does not say which risk it is about. Write the risk's number or its control's text."),
    "score_not_a_number": _("“%(value)s” is not a risk score. Allowed: %(allowed)s."),
    "score_not_whole": _("The risk score “%(value)s” is not a whole number. Allowed: %(allowed)s."),
    "score_impossible": _("The matrix has no cell with the risk score %(value)s. Allowed: %(allowed)s."),
    "level_not_a_number": _("“%(value)s” holds more than one number. Allowed: %(allowed)s."),
    "level_not_whole": _("“%(value)s” is not a whole number. Allowed: %(allowed)s."),
    "level_unknown_label": _("“%(value)s” is not a level of the matrix. Allowed: %(allowed)s."),
    "level_not_on_scale": _("The matrix has no level “%(value)s”. Allowed: %(allowed)s."),
    "level_contradiction": _("“%(value)s” has the number of one level and the name of another. In the matrix: %(allowed)s."),
    "score_contradiction": _(
        "The risk score %(score)s contradicts likelihood %(likelihood)s × impact %(impact)s = %(product)s. "
        "Correct the score or the factors."
    ),
    "statement_contradiction": _("The text says %(stated)s but the column says %(value)s. Correct one of them."),
    "factor_missing": _("Only one of likelihood and impact is stated, and no score. The risk is read without both."),
    "factor_contradiction": _("The risk score %(score)s cannot come of the factor %(value)s on this matrix. Correct one."),
    "number_repeated": _("The number %(value)s is also used on row %(other)s."),
    "method_unknown": _(
        "The method “%(value)s” is not recognised: it is kept as text, with the method “Other”. Known: %(allowed)s."
    ),
    "frequency_unknown": _("The frequency “%(value)s” is not recognised: it is kept as text. Known: %(allowed)s."),
    "conclusion_unknown": _(
        "The conclusion “%(value)s” is not recognised: it is kept as text, without a conclusion. Known: %(allowed)s."
    ),
    "conclusion_colour_unknown": _("The cell's colour #%(value)s stands for no conclusion and is left open."),
    "formula_without_value": _(
        "Cell %(cell)s has a formula whose value the file does not hold; it is read as empty. "
        "Open the file, save it and try again."
    ),
    "day_unknown": _("“%(value)s” is no date. Write it as 2025-12-31."),
    "day_left_out": _("“%(value)s” is no date, so the action gets none: write it as 2025-12-31, or at the action."),
    "question_open": _("%(question)s Answer the question %(key)s first."),
    "read_as_group": _("“%(value)s” stands over the rows below and is read as this of them: %(allowed)s."),
    "confidentiality_repeated": _(
        "The column “%(value)s” says of confidentiality what other columns say, too. Gather it in one column of the file."
    ),
    "total_left_out": _("The row is read as a total, not as a risk: “%(value)s”."),
    "row_left_out": _("The row is read as a note, not as a risk: “%(value)s”."),
}
# The words of the domain's choices, as the models translate them; codes are no language for a user.
CODE_NAMES = {
    "sampling": _("Sampling"),
    "register_monitoring": _("Register monitoring"),
    "reconciliation": _("Reconciliation"),
    "survey": _("Survey"),
    "indicator": _("Indicator"),
    "review": _("Review"),
    "interview": _("Interview"),
    "other": _("Other method"),
    "weekly": _("Weekly"),
    "monthly": _("Monthly"),
    "quarterly": _("Quarterly"),
    "tertial": _("Each tertial"),
    "half_yearly": _("Half-yearly"),
    "yearly": _("Yearly"),
    "at_closing": _("At each closing"),
    "given_dates": _("On given dates"),
    "no_deviations": _("No deviations"),
    "minor_deviations": _("Minor deviations"),
    "significant_deviations": _("Significant deviations"),
    "ongoing": _("Ongoing"),
    "could_not_be_performed": _("Could not be performed"),
}
PROBLEM_CODES = frozenset(_MESSAGES)
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` is the file's row number, None for the whole table; `column` the heading as the file has it.

    `choices` are codes of which one was expected; `details` what else the message names.
    """

    code: str
    severity: Severity = "error"
    row: int | None = None
    place: Place | None = None
    field: Field | None = None
    column: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    details: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        """The problem in the active language: what was written, and what is allowed instead."""
        value = self.value if len(self.value) <= _LONGEST_VALUE else self.value[: _LONGEST_VALUE - 1] + "…"
        allowed = ", ".join(str(CODE_NAMES[code]) for code in self.choices) or (self.field.label if self.field else "")
        details = {"allowed": allowed, **self.details}
        return str(_MESSAGES[self.code]) % {**details, "value": value}
