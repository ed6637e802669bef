"""The content of a plan as plain values: stored with each adoption, and compared with what the plan holds later.

What belongs to a risk but lives in another app takes part by a `Part` registered at start-up (`register_part`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from riskreg.models import ControlPlan, Risk

Row = dict[str, Any]

FIELDS = (
    "title", "description", "category", "process", "unit", "owner", "likelihood", "impact", "risk_score",
    "residual_likelihood", "residual_impact", "residual_score", "placement_note",
    "is_municipality_wide", "is_confidential", "confidentiality_section",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under a risk, such as its controls. Each row is plain values and has an "id"."""

    name: str
    label: Promise | str
    rows_of: Callable[[ControlPlan], Mapping[int, Sequence[Row]]]
    """By the risk's id, in one query, whatever the number of risks."""
    labels: Callable[[], dict[str, str]]
    """The fields that are shown and compared, with what they are called."""
    worded: Callable[[str, Any], str]
    """A field's value in words."""


_parts: dict[str, Part] = {}


def register_part(part: Part) -> None:
    """Register another app's part of a plan's content."""
    _parts[part.name] = part


def parts() -> list[Part]:
    """Return the registered parts."""
    return list(_parts.values())


def content_of(plan: ControlPlan) -> dict[str, Any]:
    """Return all that is adopted: the matrix with its words and bands, the risks not dropped, and their parts."""
    matrix = plan.matrix
    below = {part.name: part.rows_of(plan) for part in parts()}
    risks = plan.risks.current().select_related("unit", "category", "owner").order_by("number")
    return {
        "plan": {"unit": str(plan.unit), "year": plan.year, "registry_number": plan.registry_number},
        "matrix": {
            "name": matrix.name,
            "version": matrix.version,
            "likelihoods": [{"value": level.value, "label": level.label} for level in matrix.likelihoods],
            "impacts": [{"value": level.value, "label": level.label} for level in matrix.impacts],
            "bands": [
                {"from_score": band.from_score, "name": band.name, "tone": band.tone, "demand": band.demand}
                for band in matrix.ordered_bands
            ],
        },
        "risks": [_risk_row(risk, plan) | {name: list(rows.get(risk.pk, [])) for name, rows in below.items()} for risk in risks],
    }


def _risk_row(risk: Risk, plan: ControlPlan) -> Row:
    row: Row = {"id": risk.pk, "reference": f"{plan.year}-{risk.number:02d}"}
    for name in FIELDS:
        value = getattr(risk, name)
        row[name] = value if value is None or isinstance(value, (bool, int)) else str(value)
    row["owner"] = risk.owner_name
    return row


def sha256_of(content: Mapping[str, Any]) -> str:
    """Return the hash of the content as JSON with sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FieldDifference:
    label: str
    old: str
    new: str


@dataclass(slots=True)
class RiskDifference:
    """A risk that was added, dropped or changed; `row` is as it is now, or as it was when it is gone."""

    kind: str
    row: Row
    fields: list[FieldDifference] = field(default_factory=list)


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[RiskDifference]:
    """Return the changes from one content to another, risk by risk: `kind` is new, dropped or changed."""
    before = {row["id"]: row for row in then["risks"]}
    after = {row["id"]: row for row in now["risks"]}
    found = []
    for key, row in after.items():
        if key not in before:
            found.append(RiskDifference("new", row))
            continue
        fields = _risk_differences(before[key], row)
        if fields:
            found.append(RiskDifference("changed", row, fields))
    found += [RiskDifference("dropped", row) for key, row in before.items() if key not in after]
    return found


def _field(name: str) -> models.Field[Any, Any]:
    found = Risk._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def labels() -> dict[str, str]:
    """Return the names of a risk's fields."""
    return {name: capfirst(str(_field(name).verbose_name)) for name in FIELDS}


def value_in_words(name: str, value: Any) -> str:
    """Return a field's value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _risk_differences(before: Row, after: Row) -> list[FieldDifference]:
    found = [
        FieldDifference(label, value_in_words(name, before.get(name)), value_in_words(name, after.get(name)))
        for name, label in labels().items()
        if before.get(name) != after.get(name)
    ]
    for part in parts():
        found += _part_differences(part, before.get(part.name, []), after.get(part.name, []))
    return found


def _part_differences(part: Part, before: Sequence[Row], after: Sequence[Row]) -> list[FieldDifference]:
    old, new = {row["id"]: row for row in before}, {row["id"]: row for row in after}
    names = part.labels()
    first = next(iter(names))
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in old or key not in new:
            said = [part.worded(first, rows[key][first]) if key in rows else "–" for rows in (old, new)]
            found.append(FieldDifference(capfirst(str(part.label)), *said))
            continue
        found += [
            FieldDifference(label, part.worded(name, old[key].get(name)), part.worded(name, new[key].get(name)))
            for name, label in names.items()
            if old[key].get(name) != new[key].get(name)
        ]
    return found
