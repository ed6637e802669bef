"""The forms of a watched rule: its limits, and how many alerts it may give at a time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from controls.models import Watch
from controls.models.watch import FEWEST_ALERTS, MOST_ALERTS, USUAL_ALERTS
from controls.monitoring.rules.rule import Parameter, ParameterType, Rule, Value
from controls.monitoring.watching.limits import RATINGS, allowed_words, of_stored, read, shown
from riskreg.web.form_fields import ReasonField


def most_alerts_field() -> forms.IntegerField:
    """Return the field that asks how many new alerts a rule may give before it asks."""
    return forms.IntegerField(
        label=gettext_lazy("Most new alerts at a time"),
        min_value=FEWEST_ALERTS,
        max_value=MOST_ALERTS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5, "autocomplete": "off"}),
        help_text=gettext_lazy("If a new snapshot would give more, none is told: the rule asks first."),
    )


class LimitField(forms.CharField):
    """One limit of a rule, typed as text and read by its kind."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        is_text = parameter.type in {ParameterType.PREFIXES, ParameterType.RATING}
        widget = forms.TextInput(
            attrs={"size": 24 if is_text else 10, "autocomplete": "off", **({} if is_text else {"inputmode": "decimal"})}
        )
        super().__init__(label=parameter.label, help_text=allowed_words(parameter), widget=widget)
        if parameter.type == ParameterType.RATING:
            self.widget = forms.Select(choices=[(rating, rating) for rating in RATINGS])

    def clean(self, value: Any) -> Any:
        return read(self.parameter, super().clean(value))


class LimitsForm(forms.Form):
    """The limits of a rule: as asked for, else as the watched rule has them, else the usual ones."""

    def __init__(self, data: Any = None, *, rule: Rule, watch: Watch | None) -> None:
        super().__init__(data)
        self.rule, self.standing = rule, _standing(rule, watch)
        begun = self.standing if self.standing is not None else rule.values({})
        for parameter in rule.parameters:
            self.fields[parameter.code] = LimitField(parameter)
            self.initial[parameter.code] = shown(parameter, begun[parameter.code])

    def values(self) -> dict[str, Value] | None:
        """Return the values of every limit; None when one is not valid."""
        if not self.is_bound:
            return self.standing if self.standing is not None else self.rule.values({})
        return self.rule.values(self.cleaned_data) if self.is_valid() else None


def _standing(rule: Rule, watch: Watch | None) -> dict[str, Value] | None:
    if watch is None or watch.state == Watch.State.OFF:
        return None
    try:
        return of_stored(rule, watch.parameters)
    except ValidationError:
        return None


class WatchForm(forms.Form):
    """How many alerts the rule may give at a time, and why it is watched or changed."""

    most_alerts = most_alerts_field()
    reason = ReasonField(rows=2)

    def __init__(self, data: Any = None, *, watch: Watch | None = None) -> None:
        super().__init__(data)
        self.initial["most_alerts"] = USUAL_ALERTS if watch is None else watch.most_alerts


class PackForm(WatchForm):
    """The same for the rules of a pack."""
