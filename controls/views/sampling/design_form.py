"""The guide's form: confidence, acceptable and expected deviations, and the other ways to a size."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from controls.sampling.statistics.design import Asked, Design, Division, Frame, Kind, plan_sample
from controls.sampling.statistics.impossible import NotPossible
from controls.sampling.statistics.presets import PRESETS
from controls.sampling.words.choices import DIVISION_LABELS, KIND_LABELS, PRESET_LABELS
from controls.sampling.words.impossible import in_words
from controls.sampling.words.percent import percent
from riskreg.numbers import number_text
from riskreg.verbs.concurrency import VersionField
from riskreg.web.number_field import PercentField

MOST_GROUPS = 60

# The field of the form where a refusal about an input is shown.
PLACES = {"strata": "division", "rates": "division", "population": "kind"}


class DesignForm(forms.Form):
    kind = forms.ChoiceField(label=_("How is the size decided?"), widget=forms.RadioSelect(attrs={"class": "choice"}))
    confidence = PercentField(
        label=_("How sure do you want to be?"),
        help_text=_("In per cent. 95 is usual; 90 where other controls look at the same; 99 where an error is grave."),
    )
    tolerable = PercentField(
        label=_("What share of deviations can be accepted?"),
        help_text=_("In per cent. At this share or above, the control does not work. 5 is usual; less where an error is grave."),
    )
    expected = forms.IntegerField(
        label=_("How many deviations do you expect in the sample?"),
        required=False,
        help_text=_("With 0 the sample is smallest, but a single deviation is then enough for nothing to be shown."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6, "autocomplete": "off"}),
    )
    expected_rate = PercentField(
        label=_("Or what share?"), required=False, help_text=_("In per cent, for instance from last year.")
    )
    critical = forms.IntegerField(
        label=_("How many critical items must not be missed?"),
        required=False,
        help_text=_("If there are this many or more, at least one is in the sample, as surely as stated above."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6, "autocomplete": "off"}),
    )
    preset = forms.ChoiceField(label=_("How often is the control performed?"), required=False)
    size = forms.IntegerField(
        label=_("How many items?"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6, "autocomplete": "off"}),
    )
    division = forms.ChoiceField(
        label=_("Is the sample divided among groups?"), required=False, widget=forms.RadioSelect(attrs={"class": "choice"})
    )
    whole_from = forms.DecimalField(
        label=_("Take every item from this amount and up"),
        required=False,
        max_digits=18,
        decimal_places=2,
        localize=True,
        help_text=_("They are examined beside the sample, and what they show is then known."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 12, "autocomplete": "off"}),
    )
    version = VersionField(required=False)

    def __init__(self, *args: Any, frame: Frame, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frame = frame
        self.design: Design | None = None
        kinds = [kind for kind in Kind if kind is not Kind.MONETARY or frame.book_value is not None]
        self._choose("kind", [(kind.value, KIND_LABELS[kind]) for kind in kinds])
        self._choose("preset", [("", _("Choose")), *((name, _preset_words(name)) for name in PRESETS)])
        divisions = list(Division) if self.has_groups else [Division.NONE]
        self._choose("division", [(one.value, DIVISION_LABELS[one]) for one in divisions])
        if not self.has_groups:
            del self.fields["division"]
        if frame.book_value is None:
            del self.fields["whole_from"]
        groups = frame.strata.items() if self.has_groups else ()
        self.groups = [(name, count, f"group_{i}") for i, (name, count) in enumerate(groups)]
        for name, count, field in self.groups:
            self.fields[field] = forms.CharField(
                label=f"{name or '–'} ({count})",
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6, "autocomplete": "off"}),
            )

    @property
    def has_groups(self) -> bool:
        return 1 < len(self.frame.strata) <= MOST_GROUPS

    def group_fields(self) -> list[forms.BoundField]:
        return [self[field] for _name, _count, field in self.groups]

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        asked = self._read_inputs(values)
        if asked is None:
            return values
        try:
            self.design = plan_sample(asked, self.frame)
        except NotPossible as refusal:
            place = PLACES.get(refusal.field, refusal.field)
            self.add_error(place if place in self.fields else None, in_words(refusal))
        return values

    def _read_inputs(self, values: dict[str, Any]) -> Asked | None:
        division = Division(values.get("division") or Division.NONE)
        kind = Kind(values["kind"])
        if kind not in {Kind.ATTRIBUTES, Kind.PRESET, Kind.FIXED}:
            division = Division.NONE
        stated: dict[str, int] = {}
        rates: dict[str, Decimal] = {}
        for name, _count, field in self.groups:
            typed = (values.get(field) or "").strip()
            if division is Division.STATED:
                if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
                    self.add_error(field, _("State a whole number, at least 1."))
                else:
                    stated[name] = int(typed)
            elif division is Division.NEYMAN:
                try:
                    rates[name] = PercentField(min_value=0, max_value=100).clean(typed) or Decimal(0)
                except forms.ValidationError:
                    self.add_error(field, _("State a share in per cent, from 0 to 100."))
        if division is Division.STATED:
            kind = Kind.FIXED
        if self.errors:
            return None
        expects = kind in {Kind.ATTRIBUTES, Kind.MONETARY}
        return Asked(
            kind=kind,
            confidence=values["confidence"],
            tolerable=values["tolerable"],
            expected=(values.get("expected") or 0) if expects else 0,
            expected_rate=(values.get("expected_rate") or Decimal(0)) if expects else Decimal(0),
            critical=(values.get("critical") or 0) if kind is Kind.DISCOVERY else 1,
            preset=values.get("preset") or "" if kind is Kind.PRESET else "",
            size=values.get("size") if kind is Kind.FIXED else None,
            division=division,
            stated=stated,
            rates=rates,
            whole_from=values.get("whole_from") if kind not in {Kind.MONETARY, Kind.ALL} else None,
        )


def _preset_words(name: str) -> str:
    return str(PRESET_LABELS[name])


def presets_prove() -> list[tuple[str, str]]:
    """Return what each customary size proves at 90 per cent when none deviates."""
    return [(str(PRESET_LABELS[name]), percent(one.upper_limit())) for name, one in PRESETS.items() if name != "yearly"]


def initial_of(asked: Asked, frame: Frame) -> dict[str, Any]:
    """Return the form's values for stored inputs."""
    values: dict[str, Any] = {
        "kind": asked.kind.value,
        "confidence": _plain(asked.confidence),
        "tolerable": _plain(asked.tolerable),
        "expected": asked.expected,
        "expected_rate": _plain(asked.expected_rate) if asked.expected_rate else "",
        "critical": asked.critical,
        "preset": asked.preset,
        "size": asked.size,
        "division": asked.division.value,
        "whole_from": asked.whole_from,
    }
    for i, name in enumerate(frame.strata):
        if name in asked.stated:
            values[f"group_{i}"] = asked.stated[name]
        elif name in asked.rates:
            values[f"group_{i}"] = _plain(asked.rates[name])
    return values


def _plain(share: Decimal) -> str:
    """Return a share as per cent, as it is typed."""
    return number_text((share * 100).normalize())
