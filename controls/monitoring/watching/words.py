"""Watched rules and alerts in words: why a rule stopped, what an alert tells, and what has changed in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from controls.models import Alert, Register, Watch
from controls.monitoring.kinds import KINDS
from controls.monitoring.registers.asks import label_of
from controls.monitoring.rules import RULES
from controls.monitoring.rules.composed.definition import OWN
from controls.monitoring.rules.rule import is_before, kind_of
from controls.monitoring.rules.words import facts_in_words, sentence
from controls.monitoring.watching.composing import is_composed, rule_of
from controls.monitoring.watching.limits import of_stored
from riskreg.numbers import number_text

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _of_kind(values: Mapping[str, Any]) -> dict[str, str]:
    kinds: dict[str, str | StrPromise] = dict(Register.Kind.choices)
    return {"kind": str(kinds.get(values.get("kind", ""), "")).lower()}


def _columns(values: Mapping[str, Any]) -> str:
    named = ", ".join(label_of(KINDS[values["kind"]], code) for code in values["columns"])
    said = {"columns": named, "day": values["day"], **_of_kind(values)}
    return _("The snapshot of %(kind)s of %(day)s lacks columns that the rule reads: %(columns)s.") % said


def _too_many(values: Mapping[str, Any]) -> str:
    said = {"count": number_text(values["count"]), "most": number_text(values["most"])}
    return _("It would give %(count)s new alerts at once, more than %(most)s. None was told.") % said


PROBLEMS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "rule": lambda values: _("The product no longer has the rule."),
    "limits": lambda values: _("The rule's limits are others by now: %(said)s") % {"said": values["said"]},
    "register": lambda values: _("The register of %(kind)s that it reads is closed.") % _of_kind(values),
    "snapshot": lambda values: _("There is no snapshot of %(kind)s for it to read.") % _of_kind(values),
    "earlier_snapshot": lambda values: _("There is no earlier snapshot of %(kind)s for it to compare with.") % _of_kind(values),
    "column": _columns,
    "file": lambda values: str(values["said"]),
    "failed": lambda values: _("The rule could not be run on these snapshots. The worker's log says why."),
    "too_many": _too_many,
}


def problem_words(watch: Watch) -> str:
    """Return why the rule stopped, or what it asks; '' when there is nothing."""
    return PROBLEMS[watch.problem](watch.problem_values) if watch.problem else ""


def rule_label(code: str) -> str:
    """Return the rule's name; its code when the product no longer has it."""
    if is_composed(code):
        return code.removeprefix(OWN)
    return str(RULES[code].label) if code in RULES else code


def watch_sentence(watch: Watch) -> str:
    """Return what the watched rule tells, with its limits; '' when the product no longer has it so."""
    rule = rule_of(watch)
    if rule is None:
        return ""
    try:
        return sentence(rule, of_stored(rule, watch.parameters))
    except ValidationError:
        return ""


def missing_words(alias: str) -> str:
    """Return in words the snapshot that a rule lacks, by the view that it reads."""
    kinds = dict(Register.Kind.choices)
    said = _("an earlier snapshot of %(kind)s") if is_before(alias) else _("a snapshot of %(kind)s")
    return said % {"kind": str(kinds[kind_of(alias)]).lower()}


Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SignalInWords:
    """One signal of an alert, as it is shown."""

    reasons: list[str]
    facts: list[Fact]
    rows: list[int]
    amount: str
    is_new: bool


def signals_in_words(alert: Alert) -> list[SignalInWords]:
    """Return the alert's signals, with what is new since they last changed."""
    before = {signal["mark"] for signal in alert.previous}
    return [
        SignalInWords(
            [rule_label(code) for code in signal["reasons"]],
            list(facts_in_words(signal["facts"])),
            list(signal["rows"]),
            _amount(signal),
            bool(before) and signal["mark"] not in before,
        )
        for signal in alert.facts
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is another than before."""

    label: str
    before: str
    after: str


def differences(alert: Alert) -> list[Difference]:
    """Return what changed the last time: facts of one signal from what to what, or signals that came and went."""
    before = {signal["mark"]: signal for signal in alert.previous}
    after = {signal["mark"]: signal for signal in alert.facts}
    if not before or before.keys() == after.keys():
        return []
    went = [signal for mark, signal in before.items() if mark not in after]
    came = [signal for mark, signal in after.items() if mark not in before]
    if len(went) == len(came) == 1:
        return _by_fact(went[0], came[0])
    told = [Difference(_("No longer told"), _in_a_line(signal), "") for signal in went]
    return told + [Difference(_("Told anew"), "", _in_a_line(signal)) for signal in came]


def _by_fact(went: Mapping[str, Any], came: Mapping[str, Any]) -> list[Difference]:
    old, new = (_with_amount(signal) for signal in (went, came))
    labels = list(dict.fromkeys([*old, *new]))
    return [
        Difference(label, old.get(label, ""), new.get(label, "")) for label in labels if old.get(label, "") != new.get(label, "")
    ]


def _with_amount(signal: Mapping[str, Any]) -> dict[str, str]:
    found = dict(facts_in_words(signal["facts"]))
    return found | ({_("Kronor"): _amount(signal)} if signal["amount"] else {})


def _amount(signal: Mapping[str, Any]) -> str:
    return number_text(Decimal(signal["amount"])) if signal["amount"] else ""


def _in_a_line(signal: Mapping[str, Any]) -> str:
    return "; ".join(f"{label}: {text}" for label, text in _with_amount(signal).items())


def facts_in_a_line(alert: Alert) -> str:
    """Return what the alert tells, in one line, as lists and files show it."""
    first = alert.facts[:1]
    text = "; ".join(f"{label}: {said}" for signal in first for label, said in facts_in_words(signal["facts"]))
    more = len(alert.facts) - len(first)
    return text + (" " + _("and %(more)s more") % {"more": number_text(more)} if more > 0 else "")
