"""The columns of the product's own workbooks and JSON: each value in a column of its own, under a heading of its own.

The writer takes the headings from here, and the reader knows a column by them.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .fields import Field, normalise_heading
from .own_cells import CONFIDENTIAL
from .problems import CODE_NAMES
from .recognition import CONCLUSIONS

SINCE, BEFORE, TOGETHER, MISSING = "since", "before", "together", "missing"

COLUMN_LABELS: dict[str, str | Promise] = {
    Field.NUMBER: _("No."),
    Field.TITLE: _("Identified risk"),
    CONFIDENTIAL: _("Confidential by"),
    Field.DESCRIPTION: _("Risk description"),
    Field.OWNER: _("Risk owner"),
    Field.LIKELIHOOD: _("Likelihood"),
    Field.IMPACT: _("Impact"),
    Field.SCORE: _("Risk score"),
    SINCE: _("Since last year"),
    Field.CONTROL: _("Follow-up"),
    Field.METHOD: _("Method"),
    Field.METHOD_WORDING: _("Method, as worded"),
    Field.FREQUENCY: _("How often"),
    Field.FREQUENCY_WORDING: _("Frequency, as worded"),
    Field.PERFORMER: _("Performed by"),
    Field.TARGET: _("Acceptable level"),
    TOGETHER: _("The units together"),
    Field.FOLLOW_UP_UNIT: _("Followed up by"),
    Field.RESULT: _("Result"),
    Field.PERFORMED_OTHERWISE: _("Performed in another way"),
    Field.CONCLUSION: _("Conclusion"),
    Field.CONCLUSION_WORDING: _("Conclusion, as worded"),
    Field.CONCLUSION_REASON: _("Reason for the conclusion"),
    BEFORE: _("At the closing before"),
    Field.ACTION: _("Action"),
    Field.ACTION_KIND: _("Kind of action"),
    Field.RESPONSIBLE: _("Responsible for the action"),
    Field.DUE: _("Done by"),
    Field.DONE: _("Done on"),
    Field.EFFECT: _("Effect"),
    MISSING: _("Missing parts"),
}
"""In the order of the file. The keys that are no field are the product's own words: nothing is read of them."""

PLAN_LABELS: dict[str, str | Promise] = COLUMN_LABELS | {Field.CONTROL: _("Control")}
"""A plan's own: what it calls otherwise than a follow-up."""


def key_of(heading: str) -> str | None:
    """Return the key of an own heading, in any language of the product, or of a key itself; None for another."""
    return _keys().get(normalise_heading(heading))


@cache
def _keys() -> dict[str, str]:
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for labels in (COLUMN_LABELS, PLAN_LABELS):
                found |= {normalise_heading(str(label)): key for key, label in labels.items()}
    return {normalise_heading(key): str(key) for key in COLUMN_LABELS} | found


def choices_of(key: str) -> list[str]:
    """Return the names among which a column's cells choose, in the active language; none for another column."""
    return [str(CODE_NAMES[code]) for code in CONCLUSIONS] if key == Field.CONCLUSION else []


def field_of(key: str) -> Field | None:
    """Return the field that the column's or piece's key means; None for the product's own words."""
    return Field(key) if key in _FIELDS else None


_FIELDS = frozenset(field.value for field in Field)
