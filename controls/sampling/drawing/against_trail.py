"""A sample, its population and its items held against the trail: whole rows, and the rows against their seals.

Values are told where everybody who verifies may know them: not keys, cells and groups, which may be personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controls.models import Population, Sample, SampleItem
from riskreg.trail.findings import Finding, in_words
from riskreg.trail.standing import Standing, standing_of

TOLD = {
    "amount", "correct_amount", "outcome", "kind", "examined_by_id", "examined_at", "position",
    "size", "method", "state", "seed", "seed_set_at", "drawn_at", "algorithm", "record_sha256", "population_sha256",
    "row_count", "sha256", "locked_at", "population_locked_at",
}  # fmt: skip
MOST_TOLD = 20
"""The items whose differences are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Held:
    """What came of it: contradictions, each in words, and whether all rows are sealed."""

    contradictions: list[str]
    unsealed: int


def hold_sample(sample: Sample) -> Held:
    """Compare the sample's row, its design and record included, with the trail."""
    standing = standing_of(Sample, [sample.pk])
    said = sample.history.order_by("history_id").last()
    told = []
    for found in standing.findings:
        if found.column in {"design", "record"} and said is not None:
            label, _old, _new = in_words(found)
            keys = _changed_keys(getattr(said, found.column), getattr(sample, found.column))
            told.append(f"{label} ({keys})")
        else:
            told.append(_told(found))
    return Held(_of_record(told, standing, _("The sample differs from the trail: %(what)s.")), len(standing.unsealed))


def hold_population(population: Population) -> Held:
    """Compare the population's row with the trail."""
    standing = standing_of(Population, [population.pk])
    told = [_told(found) for found in standing.findings]
    return Held(_of_record(told, standing, _("The population differs from the trail: %(what)s.")), len(standing.unsealed))


def hold_items(sample: Sample) -> Held:
    """Compare each item with the trail, those that were deleted or inserted outside the product included."""
    known = set(SampleItem.history.filter(sample_id=sample.pk).values_list("id", flat=True))
    here = dict(sample.items.values_list("pk", "position"))
    standing = standing_of(SampleItem, known | set(here))
    said: dict[str, list[str]] = {}
    for found in standing.findings:
        said.setdefault(found.record, []).append(_told(found))
    numbers = _numbers(sample, here)
    line = _("item %(number)s: %(what)s")
    lines = [line % {"number": numbers.get(int(one), "?"), "what": ", ".join(what)} for one, what in said.items()]
    told = []
    if lines:
        wanted = "; ".join(lines[:MOST_TOLD]) + ("; …" if len(lines) > MOST_TOLD else "")
        told.append(_("These items differ from their history: %(what)s.") % {"what": wanted})
    if standing.altered:
        rows = ", ".join(str(numbers.get(one, "?")) for one in sorted(standing.altered)[:MOST_TOLD])
        told.append(_("The trail's rows of these items are not as they were sealed: %(numbers)s.") % {"numbers": rows})
    return Held(told, len(standing.unsealed))


def waiting_in_words(unsealed: int) -> str:
    """Return that so many rows of the trail wait for their seal."""
    return ngettext(
        "%(count)d row of the trail is not sealed yet: it will be tonight.",
        "%(count)d rows of the trail are not sealed yet: they will be tonight.",
        unsealed,
    ) % {"count": unsealed}


def _of_record(told: list[str], standing: Standing, sentence: str) -> list[str]:
    found = [sentence % {"what": "; ".join(told)}] if told else []
    if standing.altered:
        found.append(_("A row of the trail is not as it was sealed. Verify the whole trail."))
    return found


def _numbers(sample: Sample, here: Mapping[int, int]) -> dict[int, int]:
    gone = SampleItem.history.filter(sample_id=sample.pk).order_by("history_id").values_list("id", "position")
    return {**dict(gone), **here}


def _told(found: Finding) -> str:
    label, old, new = in_words(found)
    if not found.column:
        return label
    return f"{label} ({old} → {new})" if found.column in TOLD else label


def _changed_keys(old: Any, new: Any) -> str:
    """Return the names whose values differ, with single values as they were and are; groups by their name alone."""
    before, after = (each if isinstance(each, dict) else {} for each in (old, new))
    told = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one != other:
            is_single = not isinstance(one, (dict, list)) and not isinstance(other, (dict, list))
            told.append(f"{name}: {_single(one)} → {_single(other)}" if is_single else name)
    return ", ".join(told)


def _single(value: Any) -> str:
    return "–" if value is None or value == "" else str(value)
