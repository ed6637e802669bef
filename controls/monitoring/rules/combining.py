"""Signals combined: those of one invoice are one with several reasons; those of one subject make a score, term by term.

The score sorts, it concludes nothing. Every rule that tells of the subject adds its weight, and each further signal of the same
rule a quarter of it, at most twice the weight in all: ten round sums are not ten times worse than one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from controls.monitoring.rules.rule import Hit, Rule

_FURTHER = Fraction(1, 4)
_MOST = 2


@dataclass(frozen=True, slots=True)
class Signal:
    """What is told of one thing: one hit, or all hits of one invoice."""

    reasons: tuple[str, ...]
    """Codes of rules, the heaviest first."""
    hits: tuple[Hit, ...]

    @property
    def amount(self) -> Decimal | None:
        return max((hit.amount for hit in self.hits if hit.amount is not None), default=None)


@dataclass(frozen=True, slots=True)
class Term:
    """A rule's part of a score."""

    rule: str
    weight: int
    count: int
    points: Fraction


@dataclass(frozen=True, slots=True)
class Subject:
    """All that the rules tell of one subject."""

    subject: str
    name: str
    signals: tuple[Signal, ...]
    terms: tuple[Term, ...]

    @property
    def score(self) -> Fraction:
        return sum((term.points for term in self.terms), Fraction(0))


def combine(hits: Iterable[Hit], rules: Mapping[str, Rule]) -> list[Subject]:
    """Return the subjects of the hits, the highest score first, with their signals and the terms of the score."""
    by_subject: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_subject[hit.subject].append(hit)
    subjects = [
        Subject(
            subject,
            next((hit.subject_name for hit in told if hit.subject_name), subject),
            _signals(told, rules),
            _terms(told, rules),
        )
        for subject, told in by_subject.items()
    ]
    return sorted(subjects, key=lambda found: (-found.score, found.subject))


def _signals(told: Sequence[Hit], rules: Mapping[str, Rule]) -> tuple[Signal, ...]:
    groups: list[tuple[set[int], list[Hit]]] = []
    signals = []
    for hit in told:
        if not rules[hit.rule].is_of_invoice:
            signals.append(Signal((hit.rule,), (hit,)))
            continue
        rows, together = set(hit.rows), [hit]
        apart = []
        for group in groups:
            if group[0] & rows:
                rows |= group[0]
                together = [*group[1], *together]
            else:
                apart.append(group)
        groups = [*apart, (rows, together)]
    for _rows, together in groups:
        codes = sorted({hit.rule for hit in together}, key=lambda code: (-rules[code].weight, code))
        signals.append(Signal(tuple(codes), tuple(together)))
    return tuple(sorted(signals, key=lambda signal: (-rules[signal.reasons[0]].weight, signal.reasons, signal.hits[0].rows)))


def _terms(told: Sequence[Hit], rules: Mapping[str, Rule]) -> tuple[Term, ...]:
    counts = Counter(hit.rule for hit in told)
    return terms_of(counts, {code: rules[code].weight for code in counts})


def terms_of(counts: Mapping[str, int], weights: Mapping[str, int]) -> tuple[Term, ...]:
    """Return the terms of a score, the largest first, of how many signals each rule gives and what it weighs."""
    terms = [
        Term(code, weights[code], count, weights[code] * min(1 + _FURTHER * (count - 1), Fraction(_MOST)))
        for code, count in counts.items()
    ]
    return tuple(sorted(terms, key=lambda term: (-term.points, term.rule)))
