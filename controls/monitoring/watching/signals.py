"""What rules tell, made ready to be stored with an alert: no personal number, and a mark that tells the same from the new.

A mark is the hash of a signal's rule, subject, facts and amount. Facts that a rule finds by comparing with the snapshot
before are about these two days, so the same change a year later is another one. Signals of one invoice are one, with the
reasons of all rules that told it (controls.monitoring.rules.combining).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from controls.monitoring.identities import Bearer, masked, read_identity
from controls.monitoring.registers.cells import mask_persons
from controls.monitoring.rules.combining import Signal, combine
from controls.monitoring.rules.rule import Hit, is_before
from controls.monitoring.watching.sources import Prepared

MOST_SIGNALS = 50
"""Signals of one subject that an alert keeps with their facts; their marks are kept of all."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Told:
    """All that one rule tells of one subject, as an alert keeps it."""

    rule: str
    key: str
    subject: str
    name: str
    identity: str
    marks: tuple[str, ...]
    facts: tuple[dict[str, Any], ...]
    amount: Decimal | None

    @property
    def sha256(self) -> str:
        return hash_of(self.marks)


def hash_of(marks: Iterable[str]) -> str:
    """Return the hash of what is told as a whole, whatever the order."""
    return hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()


def subject_key(subject: str) -> str:
    """Return the key by which alerts of a subject are found."""
    return hashlib.sha256(f"subject:{subject}".encode()).hexdigest()


def tell(hits: Iterable[Hit], prepared: Mapping[str, Prepared], *, on: date) -> list[Told]:
    """Return what is told of each subject, by the heaviest rule of each signal."""
    found = []
    for subject in combine(hits, {code: one.rule for code, one in prepared.items()}):
        by_rule: dict[str, list[Signal]] = {}
        for signal in subject.signals:
            by_rule.setdefault(signal.reasons[0], []).append(signal)
        for rule, signals in by_rule.items():
            found.append(_told(subject.subject, subject.name, prepared[rule], signals, on))
    return found


def _told(subject: str, name: str, by: Prepared, signals: Sequence[Signal], on: date) -> Told:
    read = read_identity(subject, on=on)
    is_organisation = read.bearer == Bearer.ORGANISATION and read.text == subject
    days = _between(by)
    marked = [(_mark(subject, by.rule.code, signal, days), _as_json(signal, by.rule.code, days, on)) for signal in signals]
    amounts = [signal.amount for signal in signals if signal.amount is not None]
    return Told(
        by.rule.code,
        subject_key(subject),
        (masked(subject) if read.text == subject else mask_persons(subject, on=on))[:200],
        mask_persons(name, on=on)[:300],
        subject if is_organisation else "",
        tuple(mark for mark, _facts in marked),
        tuple({**facts, "mark": mark} for mark, facts in marked[:MOST_SIGNALS]),
        sum(amounts, Decimal(0)).quantize(_CENT) if amounts else None,
    )


def _between(by: Prepared) -> str:
    """Return the days of the two snapshots that the rule compares; '' when it compares none."""
    before = next((alias for alias in by.rule.needs if is_before(alias)), "")
    if not before:
        return ""
    return f"{by.used[before].as_of} – {by.used[before.removesuffix('_before')].as_of}"


def _mark(subject: str, rule: str, signal: Signal, days: str) -> str:
    told = sorted(
        json.dumps([_plain(hit.facts), str(hit.amount)], sort_keys=True, ensure_ascii=False)
        for hit in signal.hits
        if hit.rule == rule
    )
    return hashlib.sha256(json.dumps([subject, rule, days, told], ensure_ascii=False).encode()).hexdigest()


def _as_json(signal: Signal, rule: str, days: str, on: date) -> dict[str, Any]:
    """Return the signal as an alert stores it: the facts of its heaviest rule, then what others add to them."""
    facts: dict[str, Any] = {"between": days} if days else {}
    for hit in sorted(signal.hits, key=lambda hit: hit.rule != rule):
        for code, value in _plain(hit.facts).items():
            facts.setdefault(code, _without_persons(code, value, on))
    return {
        "reasons": list(signal.reasons),
        "facts": facts,
        "rows": sorted({row for hit in signal.hits for row in hit.rows})[:200],
        "amount": None if signal.amount is None else str(signal.amount.quantize(_CENT)),
    }


def _plain(value: Any) -> Any:
    """Return a fact as JSON has it."""
    if isinstance(value, Mapping):
        return {str(code): _plain(one) for code, one in value.items() if one not in (None, "", [])}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float, Decimal)):
        return int(value) if value == int(value) else round(float(value), 4)
    return str(value)


def _without_persons(code: str, value: Any, on: date) -> Any:
    if isinstance(value, list):
        return [_without_persons(code, one, on) for one in value]
    if isinstance(value, str):
        return masked(value) if code == "identity" else mask_persons(value, on=on)
    return value
