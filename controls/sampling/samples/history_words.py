"""The words of what samples keep as structures: the design, and the record of the draw (riskreg.trail.structures)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from controls.models import Population, Sample
from controls.sampling.statistics.design import Division, Kind
from controls.sampling.words.choices import DIVISION_LABELS, KIND_LABELS, MODEL_LABELS, PRESET_LABELS
from controls.sampling.words.percent import percent
from riskreg.numbers import number_text
from riskreg.trail.structures import Vocabulary
from riskreg.trail.structures import register as register_words


def register() -> None:
    """Register the words, once, at start-up."""
    register_words("controls.sample", "design", Vocabulary(_DESIGN, _DESIGN_VALUES, frozenset({"schema"})))
    record = {**{f"design.{key}": words for key, words in _DESIGN.items()}, **_RECORD}
    values = {**{f"design.{key}": said for key, said in _DESIGN_VALUES.items()}, **_RECORD_VALUES}
    left_out = frozenset({"schema", "population.id", "sample"})
    register_words("controls.sample", "record", Vocabulary(record, values, left_out))


def _label_of(model: Any, name: str) -> Any:
    return model._meta.get_field(name).verbose_name


def _choice_of(choices: Any) -> Callable[[Any], str]:
    return lambda value: str(choices.get(value, value))


def _share(value: Any) -> str:
    try:
        return percent(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _amount(value: Any) -> str:
    try:
        return number_text(Decimal(str(value)).normalize())
    except InvalidOperation:
        return str(value)


_DESIGN = {
    "kind": _("how the size was decided"),
    "confidence": _("certainty asked for"),
    "tolerable": _("share of deviations that can be accepted"),
    "expected": _("deviations expected in the sample"),
    "expected_rate": _("share of deviations expected"),
    "critical": _("critical items that must not be missed"),
    "preset": _("size by custom"),
    "asked_size": _("number of items asked for"),
    "division": _("division among groups"),
    "stated": _("stated for each group"),
    "stated.*": True,
    "rates": _("share of deviations known of each group"),
    "rates.*": True,
    "whole_from": _("every item from this amount and up"),
    "population": _("items in the population"),
    "book_value": _("amount of the population"),
    "strata_populations": _("items in each group"),
    "strata_populations.*": True,
    "size": _("items to draw"),
    "strata": _("items to draw from each group"),
    "strata.*": True,
    "second": _("items of the second stage"),
    "accepted": _("deviations that are accepted"),
    "model": _("calculated as"),
    "risk": _("risk of accepting too much"),
}

_DESIGN_VALUES: dict[str, Callable[[Any], str]] = {
    "kind": _choice_of({kind.value: KIND_LABELS[kind] for kind in Kind}),
    "division": _choice_of({one.value: DIVISION_LABELS[one] for one in Division}),
    "preset": _choice_of(PRESET_LABELS),
    "model": _choice_of(MODEL_LABELS),
    "confidence": _share,
    "tolerable": _share,
    "expected_rate": _share,
    "risk": _share,
    "rates.*": _share,
    "book_value": _amount,
    "whole_from": _amount,
}

_RECORD = {
    "algorithm": _label_of(Sample, "algorithm"),
    "population": Population._meta.verbose_name,
    "population.name": _label_of(Population, "name"),
    "population.source_system": _label_of(Population, "source_system"),
    "population.file_name": _label_of(Population, "original_name"),
    "population.file_sha256": _label_of(Population, "original_sha256"),
    "population.sha256": _("SHA-256 of the content"),
    "population.rows": _label_of(Population, "row_count"),
    "population.control_total": _label_of(Population, "control_total"),
    "population.columns": _label_of(Population, "columns"),
    "population.key_columns": _label_of(Population, "key_columns"),
    "population.key": _("how the key is written"),
    "population.amount_column": _label_of(Population, "amount_column"),
    "population.stratum_column": _label_of(Population, "stratum_column"),
    "population.answers": _label_of(Population, "answers"),
    "population.locked_at": _label_of(Population, "locked_at"),
    "population.locked_by": _label_of(Population, "locked_by"),
    "answers.*": True,
    "method": _label_of(Sample, "method"),
    "size": _label_of(Sample, "size"),
    "design": _label_of(Sample, "design"),
    "seed": _label_of(Sample, "seed"),
    "seed_origin": _label_of(Sample, "seed_origin"),
    "seed_event": _label_of(Sample, "seed_event"),
    "seed_set_at": _label_of(Sample, "seed_set_at"),
    "seed_set_by": _("seed set by"),
    "drawn_at": _label_of(Sample, "drawn_at"),
    "drawn_by": _label_of(Sample, "drawn_by"),
    "changes": _("changes after the draw"),
    "what": _("what was done"),
    "at": _("when"),
    "by": _("by whom"),
    "reason": _("reason"),
    "items": _("items by number"),
}

_KEY_WRITTEN = _("the key's columns joined by |, without blanks around them")
_DONE = {"replace": _("an item was replaced"), "extend": _("the sample was extended")}
_RECORD_VALUES: dict[str, Callable[[Any], str]] = {
    "population.control_total": _amount,
    "population.key": lambda value: str(_KEY_WRITTEN if value == "trimmed, NFC, joined by |" else value),
    "method": _choice_of(dict(Sample.Method.choices)),
    "seed_origin": _choice_of(dict(Sample.SeedOrigin.choices)),
    "what": _choice_of(_DONE),
}
