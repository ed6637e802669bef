"""Rules and what they tell in words: the sentence with its values, and the facts of a hit with their labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from controls.monitoring.kinds import KINDS
from controls.monitoring.rules.composed.definition import field_label
from controls.monitoring.rules.rule import ParameterType, Rule, Value
from riskreg.numbers import number_text

FACTS = {
    "account": _("Account"),
    "account_of": _("Account of"),
    "accounts": _("Accounts"),
    "after": _("After"),
    "agreement": _("Agreement"),
    "area": _("Area"),
    "before": _("Before"),
    "between": _("Between the snapshots of"),
    "bought": _("Bought for"),
    "ceiling": _("Limit"),
    "changed": _("Changed"),
    "changes": _("Changed"),
    "count": _("How many"),
    "day": _("Date"),
    "deregistered": _("Deregistered"),
    "earlier_day": _("Earlier date"),
    "earlier_invoice": _("Earlier invoice"),
    "earlier_voucher": _("Earlier voucher"),
    "ended": _("Ended"),
    "ends": _("Ends"),
    "first_day": _("First date"),
    "first_number": _("First number"),
    "identity": _("Organisation number"),
    "industry": _("Line of business (SNI)"),
    "invoice": _("Invoice"),
    "invoices": _("Invoices"),
    "last_day": _("Last date"),
    "last_number": _("Last number"),
    "likeness": _("Likeness (of 100)"),
    "median": _("The payee's median"),
    "name": _("Name"),
    "names": _("Names"),
    "option_until": _("Option until"),
    "other": _("The other"),
    "other_number": _("The other's number"),
    "other_owner": _("The other's system owner"),
    "other_purpose": _("The other's purpose"),
    "owner": _("System owner"),
    "paid": _("Paid"),
    "plan_day": _("Date of the plan"),
    "proceedings": _("Proceedings"),
    "proceedings_day": _("Since"),
    "purpose": _("Purpose"),
    "rating": _("Rating"),
    "reason": _("Reason"),
    "registered": _("Registered"),
    "responsible": _("Responsible"),
    "supplier_number": _("Supplier number"),
    "supplier_numbers": _("Supplier numbers"),
    "unit": _("Unit"),
    "units": _("Units"),
    "voucher": _("Voucher"),
    "year": _("Year"),
}
_CHANGES = {"board": _("board"), "signatories": _("signatories"), "owner": _("beneficial owner"), "auditor": _("auditor")}
_PLAIN = {"year", "first_number", "last_number"}


def sentence(rule: Rule, values: Mapping[str, Value]) -> str:
    """Return what a hit of the rule tells, with these values of its parameters."""
    said = {parameter.code: _value(parameter.type, values[parameter.code]) for parameter in rule.parameters}
    return str(rule.sentence) % said


def facts_in_words(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each fact that says something."""
    for code, value in facts.items():
        if value not in (None, "", []):
            yield fact_label(code), _fact(code, value)


def fact_label(code: str) -> str:
    """Return what a fact is called. Those of composed rules are fields of a kind of register: kind.field."""
    kind, dot, field = code.partition(".")
    return field_label(KINDS[kind], field) if dot and kind in KINDS else str(FACTS[code])


def _fact(code: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list):
        return ", ".join(str(_CHANGES.get(part, part)) if code == "changes" else str(part) for part in value if part is not None)
    if isinstance(value, (int, float, Decimal)) and code not in _PLAIN:
        return number_text(int(value) if value == int(value) else round(Decimal(value), 2))
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(of: ParameterType, value: Value) -> str:
    if of == ParameterType.SHARE and isinstance(value, (int, float, Decimal)):
        return f"{number_text(round(Decimal(str(value)) * 100))}\N{NO-BREAK SPACE}%"
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else number_text(Decimal(str(value)))
