"""A sample's design: the planning inputs and their result. Stored with the sample as JSON, by a schema with a number.

`Asked` are the planning inputs as a person gave them; `Frame` are the facts of the population; `designed` returns the
size and method, or raises NotPossible at the input to blame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from controls.sampling.statistics import monetary, presets, size, strata
from controls.sampling.statistics.impossible import NotPossible, Problem
from controls.sampling.statistics.size import Model

SCHEMA = 1


class Kind(StrEnum):
    """The basis on which the size is planned."""

    ATTRIBUTES = "attributes"
    TWO_STAGES = "two_stages"
    PRESET = "preset"
    DISCOVERY = "discovery"
    MONETARY = "monetary"
    FIXED = "fixed"
    ALL = "all"


class Division(StrEnum):
    """The way the sample is divided among groups."""

    NONE = "none"
    PROPORTIONAL = "proportional"
    NEYMAN = "neyman"
    STATED = "stated"


class Method(StrEnum):
    """The way the draw is made; the values of Sample.Method."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    MONETARY = "monetary"
    CENSUS = "census"


@dataclass(frozen=True)
class Asked:
    """The planning inputs. Rates and the confidence are shares, not per cent."""

    kind: Kind = Kind.ATTRIBUTES
    confidence: Decimal = Decimal("0.95")
    tolerable: Decimal = Decimal("0.05")
    expected: int = 0
    expected_rate: Decimal = Decimal(0)
    critical: int = 1
    preset: str = ""
    size: int | None = None
    division: Division = Division.NONE
    stated: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    whole_from: Decimal | None = None


@dataclass(frozen=True)
class Frame:
    """The facts of the population: its items, the sum of its positive amounts, and the groups' sizes."""

    population: int
    book_value: Decimal | None = None
    strata: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """The result of planning.

    `risk` is the risk of accepting a population that deviates by the tolerable rate.
    """

    asked: Asked
    frame: Frame
    method: Method
    size: int
    accepted: Decimal
    model: Model
    second: int = 0
    risk: Decimal | None = None
    strata: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return every input and the result; amounts and rates as text, so that nothing is rounded."""
        asked = self.asked
        kept: dict[str, Any] = {
            "schema": SCHEMA,
            "kind": asked.kind.value,
            "confidence": str(asked.confidence),
            "tolerable": str(asked.tolerable),
            "expected": asked.expected,
            "expected_rate": str(asked.expected_rate),
            "critical": asked.critical,
            "preset": asked.preset,
            "asked_size": asked.size,
            "division": asked.division.value,
            "stated": dict(asked.stated),
            "rates": {name: str(rate) for name, rate in asked.rates.items()},
            "population": self.frame.population,
            "book_value": None if self.frame.book_value is None else str(self.frame.book_value),
            "strata_populations": dict(self.frame.strata),
            "size": self.size,
            "second": self.second,
            "accepted": str(self.accepted),
            "model": self.model.value,
            "risk": None if self.risk is None else str(self.risk),
        }
        if self.strata:
            kept["strata"] = dict(self.strata)
        if asked.whole_from is not None:
            kept["whole_from"] = str(asked.whole_from)
        return kept


def asked_of(kept: Mapping[str, Any]) -> Asked:
    """Return the inputs of a stored design; the usual ones for what is not in it."""
    usual = Asked()
    return Asked(
        kind=Kind(kept.get("kind", usual.kind)),
        confidence=Decimal(kept.get("confidence", usual.confidence)),
        tolerable=Decimal(kept.get("tolerable", usual.tolerable)),
        expected=int(kept.get("expected", 0)),
        expected_rate=Decimal(kept.get("expected_rate", 0)),
        critical=int(kept.get("critical", 1)),
        preset=kept.get("preset", ""),
        size=kept.get("asked_size"),
        division=Division(kept.get("division", Division.NONE)),
        stated=kept.get("stated", {}),
        rates={name: Decimal(rate) for name, rate in kept.get("rates", {}).items()},
        whole_from=Decimal(kept["whole_from"]) if kept.get("whole_from") else None,
    )


def plan_sample(asked: Asked, frame: Frame) -> Design:
    """Plan the sample of these inputs. Raises NotPossible."""
    if asked.kind is Kind.MONETARY:
        return _by_amount(asked, frame)
    found = _number(asked, frame)
    # What everybody asks afterwards, whatever the size came from: is it below this, and how surely?
    if found.size == frame.population:
        return Design(asked, frame, Method.CENSUS, found.size, Decimal(found.accepted), Model.HYPERGEOMETRIC, risk=Decimal(0))
    second = 0
    if asked.kind is Kind.TWO_STAGES:
        plan = size.for_two_stages(confidence=asked.confidence, tolerable=asked.tolerable, population=frame.population)
        second = plan.second
    divided = _divided(asked, frame, found.size)
    method = Method.STRATIFIED if divided else Method.RANDOM
    return Design(
        asked,
        frame,
        method,
        sum(divided.values()) if divided else found.size,
        Decimal(found.accepted),
        found.model,
        second=second,
        risk=found.risk,
        strata=divided,
    )


def _number(asked: Asked, frame: Frame) -> size.Size:
    population = frame.population
    if asked.kind is Kind.ATTRIBUTES:
        if asked.expected and asked.expected_rate:
            raise NotPossible(Problem.EXPECTED_TWICE, "expected_rate")
        return size.for_attributes(
            confidence=asked.confidence,
            tolerable=asked.tolerable,
            expected=asked.expected,
            expected_rate=asked.expected_rate,
            population=population,
        )
    if asked.kind is Kind.DISCOVERY:
        return size.for_discovery(confidence=asked.confidence, critical=asked.critical, population=population)
    if asked.kind is Kind.TWO_STAGES:
        plan = size.for_two_stages(confidence=asked.confidence, tolerable=asked.tolerable, population=population)
        return _plain(plan.first, population)
    if asked.kind is Kind.ALL:
        return _plain(size.fixed_size(population, population), population)
    if asked.kind is Kind.PRESET:
        if asked.preset not in presets.PRESETS:
            raise NotPossible(Problem.PRESET_MISSING, "preset")
        return _plain(presets.preset(asked.preset, population).size, population)
    if asked.division is Division.STATED:
        return _plain(sum(asked.stated.values()), population)
    return _plain(size.fixed_size(asked.size or 0, population), population)


def _plain(number: int, population: int) -> size.Size:
    return size.Size(size=number, accepted=0, model=Model.HYPERGEOMETRIC, population=population, risk=Decimal(0))


def _divided(asked: Asked, frame: Frame, total: int) -> dict[str, int]:
    if asked.division is Division.NONE:
        return {}
    if asked.division is Division.PROPORTIONAL:
        return strata.proportional(frame.strata, total)
    if asked.division is Division.NEYMAN:
        return strata.neyman(frame.strata, asked.rates, total)
    return strata.stated_sizes(frame.strata, asked.stated)


def _by_amount(asked: Asked, frame: Frame) -> Design:
    if frame.book_value is None:
        raise NotPossible(Problem.AMOUNTS_MISSING, "kind")
    plan = monetary.for_amounts(
        confidence=asked.confidence,
        tolerable=asked.tolerable,
        book_value=frame.book_value,
        expected=asked.expected,
        expected_rate=asked.expected_rate,
    )
    if plan.size >= frame.population:
        # As many units as there are items: every item is read instead, and the amounts are known.
        return Design(asked, frame, Method.CENSUS, frame.population, plan.accepted, Model.HYPERGEOMETRIC, risk=Decimal(0))
    return Design(asked, frame, Method.MONETARY, plan.size, plan.accepted, Model.POISSON)
