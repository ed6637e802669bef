"""The score of a supplier: what its alerts tell, weighed term by term (controls.monitoring.rules.combining).

It sorts, and concludes nothing. An alert counts as long as its rule still tells it and nobody has explained it, dismissed it
or excluded the subject: what is new, examined, asleep or confirmed. Each reason of a signal counts for the rule that gave it.
Only subjects with an organisation number have a score: a supplier's own number, an address or a person is no company.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, QuerySet

from controls.models import Alert
from controls.monitoring.rules import RULES
from controls.monitoring.rules.combining import Term, terms_of
from controls.monitoring.rules.composed.writing import WEIGHT
from controls.monitoring.watching.composing import is_composed
from riskreg.models import User

COUNTED = (Alert.State.NEW, Alert.State.EXAMINED, Alert.State.ASLEEP, Alert.State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Scored:
    """A supplier with its score."""

    identity: str
    name: str
    terms: tuple[Term, ...]
    alerts: int
    """The alerts that count."""
    left_out: int
    """The alerts that do not: weighed away, or no longer told."""

    @property
    def score(self) -> Fraction:
        return sum((term.points for term in self.terms), Fraction(0))


@dataclass(frozen=True, slots=True)
class Scores:
    """The suppliers that have a score, the highest first; and what is in none."""

    suppliers: list[Scored]
    without_number: int
    """The alerts that count, about subjects without an organisation number."""

    @property
    def weights(self) -> dict[str, int]:
        """The weight of each rule that is a term of a score, the heaviest first."""
        found = {term.rule: term.weight for one in self.suppliers for term in one.terms}
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def weight_of(rule: str) -> int:
    """Return the weight of a rule, ready or composed; nought when the product no longer has it."""
    if is_composed(rule):
        return WEIGHT
    return RULES[rule].weight if rule in RULES else 0


def score_suppliers(user: User) -> Scores:
    """Return the scores of all suppliers by the alerts that the user may read; three queries."""
    seen = Alert.objects.visible_to(user)
    without = _counted(seen).filter(identity="").count()
    return Scores(_score(seen.exclude(identity="")), without)


def score_company(user: User, identity: str) -> Scored | None:
    """Return the score of one organisation number; None when no alert of it counts. Two queries at most."""
    found = _score(Alert.objects.visible_to(user).filter(identity=identity)) if identity else []
    return found[0] if found else None


def _counted(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.filter(state__in=COUNTED, holds=True)


def _score(alerts: QuerySet[Alert]) -> list[Scored]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    number: Counter[str] = Counter()
    rows = _counted(alerts).order_by("told_at", "pk").values_list("identity", "subject_name", "subject", "facts")
    for identity, name, subject, facts in rows.iterator(chunk_size=500):
        counts[identity].update(_reasons(facts))
        names[identity] = name or names.get(identity) or subject
        number[identity] += 1
    if not counts:
        return []
    every = dict(alerts.order_by().values_list("identity").annotate(number=Count("pk")))
    found = [
        Scored(identity, names[identity], terms, number[identity], every[identity] - number[identity])
        for identity, of_rules in counts.items()
        if (terms := terms_of(of_rules, {code: weight_of(code) for code in of_rules}))
    ]
    return sorted(found, key=lambda one: (-one.score, one.name.casefold(), one.identity))


def _reasons(facts: Iterable[dict[str, list[str]]]) -> Iterable[str]:
    """Return the rules that gave the signals, each as often as it did; without those that the product no longer has."""
    return (code for signal in facts for code in signal["reasons"] if weight_of(code))
