"""Composed rules in words: the comparisons, a value as it is typed, and the whole rule as a sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.monitoring.kinds import FieldType, Kind
from controls.monitoring.rules.composed.definition import (
    WITH,
    YES,
    Comparison,
    Condition,
    Definition,
    field_label,
    field_type,
)
from riskreg.numbers import number_text

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COMPARISONS: dict[Comparison, StrPromise] = {
    Comparison.FELL_BY: gettext_lazy("has fallen by at least"),
    Comparison.ROSE_BY: gettext_lazy("has risen by at least"),
    Comparison.CHANGED: gettext_lazy("has changed"),
    Comparison.IS: gettext_lazy("is"),
    Comparison.IS_NOT: gettext_lazy("is not"),
    Comparison.ONE_OF: gettext_lazy("is one of"),
    Comparison.OVER: gettext_lazy("is over"),
    Comparison.UNDER: gettext_lazy("is under"),
    Comparison.OLDER_THAN: gettext_lazy("is older than (months)"),
    Comparison.EMPTY: gettext_lazy("is empty"),
    Comparison.NOT_EMPTY: gettext_lazy("is not empty"),
}


def typed_value(one: Condition, of: FieldType) -> str:
    """Return the value as a person types it."""
    if not one.value or one.comparison == Comparison.OLDER_THAN:
        return one.value
    if of == FieldType.FLAG:
        return _("yes") if one.value == YES else _("no")
    if of in (FieldType.AMOUNT, FieldType.NUMBER):
        return number_text(Decimal(one.value))
    return ", ".join(one.value.split("\n"))


def condition_words(one: Condition, kind: Kind) -> str:
    """Return the condition as a part of a sentence."""
    of = field_type(kind, one.field)
    said = {"field": field_label(kind, one.field), "how": COMPARISONS[one.comparison], "value": typed_value(one, of)}
    if one.comparison == Comparison.OLDER_THAN:
        return _("“%(field)s” is older than %(value)s months") % said
    if not one.value:
        return _("“%(field)s” %(how)s") % said
    if of == FieldType.TEXT:
        return _("“%(field)s” %(how)s “%(value)s”") % said
    return _("“%(field)s” %(how)s %(value)s") % said


def rule_words(definition: Definition, kind: Kind) -> str:
    """Return the rule as a sentence."""
    parts = [_("Tell when %(what)s") % {"what": condition_words(definition.tells, kind)}]
    if definition.where:
        conditions = _(" and ").join(condition_words(one, kind) for one in definition.where)
        parts.append(_("for rows where %(conditions)s") % {"conditions": conditions})
    if companies := _companies(definition):
        parts.append(_("only companies that %(which)s") % {"which": _(" and ").join(companies)})
    return ", ".join(parts) + "."


def _companies(definition: Definition) -> list[str]:
    found = []
    if definition.is_supplier:
        found.append(_("are among the suppliers in use"))
    if definition.agreement:
        found.append(_("have an agreement in force") if definition.agreement == WITH else _("have no agreement in force"))
    if definition.paid_over:
        said = {"amount": number_text(Decimal(definition.paid_over)), "months": definition.paid_months}
        found.append(_("were paid more than %(amount)s kronor in the last %(months)s months") % said)
    return found
