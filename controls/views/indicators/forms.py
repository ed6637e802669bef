"""The forms of indicators: what is measured, a series of it, its levels, its values and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from controls.follow_ups.people import performers_at
from controls.indicators.definitions import Described
from controls.indicators.figures.periods import period_after, period_of
from controls.indicators.figures.series import SeriesFigures
from controls.indicators.values import field_of
from controls.indicators.words import capitalised, number_words, period_words, with_measure
from controls.models import Indicator
from controls.models.indicator import MOST_DECIMALS
from controls.models.indicator_series import MOST_DAYS, USUAL_DAYS
from riskreg import clock
from riskreg.access.sight import units_where
from riskreg.access.verbs import ROLES_OF_VERB, Verb
from riskreg.models import Membership, Unit, User
from riskreg.models.unit import ancestors
from riskreg.verbs.concurrency import VersionField, version_of
from riskreg.web.asking import AskingForm, VersionedReasonForm
from riskreg.web.form_fields import DayField
from riskreg.web.number_field import NumberField

_SHORT = {"inputmode": "numeric", "size": 5, "autocomplete": "off"}


class DefinitionForm(forms.Form):
    """A new indicator."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("Unit"),
        queryset=Unit.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("This unit and those below it can keep a series of the indicator."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("For instance: Salary debts, number.")
    )
    measures = forms.CharField(
        label=gettext_lazy("What it measures"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 50}),
        help_text=gettext_lazy("So precisely that two people get the same figure."),
    )
    unit_of_measure = forms.CharField(
        label=gettext_lazy("Unit of measure"), max_length=30, help_text=gettext_lazy("For instance: %, SEK thousand, days.")
    )
    decimals = forms.IntegerField(
        label=gettext_lazy("Decimals"), min_value=0, max_value=MOST_DECIMALS, initial=0, widget=forms.TextInput(attrs=_SHORT)
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=Indicator.Direction.choices, widget=forms.RadioSelect, initial="lower"
    )
    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Indicator.Rhythm.choices, widget=forms.RadioSelect, initial="month"
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=200,
        help_text=gettext_lazy("System, report and selection, so that somebody else could take out the same figure."),
    )
    is_summable = forms.BooleanField(
        label=gettext_lazy("The values of several units may be summed"),
        required=False,
        help_text=gettext_lazy("Yes for a number or an amount; no for a share or a mean."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = Unit.objects.filter(units_where(user, Verb.KEEP_INDICATOR)).order_by("path")

    def described(self) -> Described:
        given = dict(self.cleaned_data)
        given.pop("unit", None)
        return Described(**given)


class ChangeDefinitionForm(AskingForm):
    """What a person says of the indicator."""

    version = VersionField(required=False)
    name, measures = DefinitionForm.base_fields["name"], DefinitionForm.base_fields["measures"]
    unit_of_measure, decimals = DefinitionForm.base_fields["unit_of_measure"], DefinitionForm.base_fields["decimals"]
    direction, rhythm = DefinitionForm.base_fields["direction"], DefinitionForm.base_fields["rhythm"]
    source, is_summable = DefinitionForm.base_fields["source"], DefinitionForm.base_fields["is_summable"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            if name != "version":
                self.initial[name] = getattr(self.subject, name)


class PeriodField(forms.TypedChoiceField):
    """A period of a rhythm, the latest first; cleaned to its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=date.fromisoformat, empty_value=None, **kwargs)

    def offer(self, periods: Sequence[date], rhythm: str) -> None:
        self.choices = [(one.isoformat(), capitalised(period_words(one, rhythm))) for one in periods]


def periods_before(today: date, rhythm: str, count: int) -> list[date]:
    """Return the period that holds the day and those before it, the latest first."""
    latest = period_of(today, rhythm)
    return [period_after(latest, rhythm, -steps) for steps in range(count)]


def _days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Days after the period"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        widget=forms.TextInput(attrs=_SHORT),
        help_text=gettext_lazy("So long after its last day the value of a period is awaited. Then it is reminded of."),
    )


def _begins_field() -> DayField:
    return DayField(
        label=gettext_lazy("First period"),
        help_text=gettext_lazy("A day in the first period whose value is awaited. Earlier values can be imported, too."),
    )


def _responsible_field() -> forms.ModelChoiceField[User]:
    return forms.ModelChoiceField(
        label=gettext_lazy("Answers for the values"),
        queryset=User.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("This person is reminded of values that are missing."),
    )


def _recorders_below(unit: Unit) -> QuerySet[User]:
    """Return the people with a role that enters values at the unit, below it or above it; the verb asks about the one chosen."""
    valid = Membership.objects.valid_on(clock.today()).filter(role__in=ROLES_OF_VERB[Verb.RECORD_INDICATOR])
    here = valid.filter(Q(unit__path__startswith=unit.path) | Q(unit__path__in=ancestors(unit.path)))
    return User.objects.filter(is_active=True, pk__in=here.order_by().values("user")).order_by("name_sort", "pk")


class OpenSeriesForm(AskingForm):
    """A series of the indicator at a unit."""

    unit = forms.ModelChoiceField(label=gettext_lazy("Unit"), queryset=Unit.objects.none(), empty_label=None)
    responsible = _responsible_field()
    begins_on, days_after = _begins_field(), _days_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        at = Unit.objects.filter(units_where(self.by, Verb.KEEP_INDICATOR), path__startswith=self.subject.unit.path)
        fields["unit"].queryset = at.exclude(indicator_series__indicator=self.subject).order_by("path")
        fields["responsible"].queryset = _recorders_below(self.subject.unit)
        self.initial.setdefault("responsible", self.by.pk)
        self.initial.setdefault("begins_on", clock.today().replace(month=1, day=1))


class ChangeSeriesForm(AskingForm):
    """Who answers for the series, and when its values are awaited."""

    version = VersionField(required=False)
    responsible = _responsible_field()
    begins_on, days_after = _begins_field(), _days_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["responsible"].queryset = performers_at(self.subject.unit)
        for name in ("responsible", "begins_on", "days_after"):
            self.initial[name] = getattr(self.subject, name)


def _level_field(label: Any, help_text: Any, *, required: bool) -> NumberField:
    return NumberField(unit="", size=12, label=label, help_text=help_text, required=required, max_digits=18, decimal_places=4)


class LevelsForm(AskingForm):
    """The levels from a period on."""

    version = VersionField(required=False)
    valid_from = DayField(
        label=gettext_lazy("Valid from"), help_text=gettext_lazy("A day in the first period that is held against these levels.")
    )
    target = _level_field(
        gettext_lazy("Target"),
        gettext_lazy("Leave it empty where there is no target beyond the acceptable level."),
        required=False,
    )
    acceptable = _level_field(
        pgettext_lazy("indicator", "Acceptable level"),
        gettext_lazy("A value at the level is acceptable; beyond it, it is not."),
        required=True,
    )
    critical = _level_field(
        gettext_lazy("Critical level"), gettext_lazy("From this value on it is critical. Empty: nothing is."), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.subject.levels.order_by("-valid_from").first()
        today = clock.today()
        self.initial.setdefault("valid_from", today.replace(month=1, day=1) if latest else self.subject.begins_on)
        if latest is not None:
            for name in ("target", "acceptable", "critical"):
                value = getattr(latest, name)
                if value is not None:
                    self.initial.setdefault(name, number_words(value, self.subject.indicator.decimals))

    def remarks(self) -> list[str]:
        if self.subject.indicator.direction == Indicator.Direction.LOWER:
            return [_("Lower is better: target ≤ acceptable level ≤ critical level.")]
        return [_("Higher is better: target ≥ acceptable level ≥ critical level.")]


class NoteForm(AskingForm):
    """A note at a period."""

    version = VersionField(required=False)
    period = PeriodField(label=pgettext_lazy("indicator", "Period"))
    text = forms.CharField(
        label=gettext_lazy("What happened"),
        max_length=300,
        help_text=gettext_lazy("It is shown in the plot and below it. For instance: New payroll system."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        rhythm = self.subject.indicator.rhythm
        fields["period"].offer(periods_before(clock.today(), rhythm, 60), rhythm)


class ReviseForm(VersionedReasonForm):
    """Another value in the place of one that is there."""

    new = NumberField(unit="", size=12, label=gettext_lazy("New value"), max_digits=18)
    field_order = ["new", "reason", "version"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The gate opens the series, to which the value belongs.
        self.initial["version"] = version_of(self.subject.series)

    def remarks(self) -> list[str]:
        value, indicator = self.subject.value, self.subject.series.indicator
        named = period_words(self.subject.period, indicator.rhythm)
        words = _("%(period)s stands at %(value)s %(measure)s. The earlier value stays in the history with your reason.")
        return [
            words
            % {
                "period": capitalised(named),
                "value": number_words(value, indicator.decimals),
                "measure": indicator.unit_of_measure,
            }
        ]


class ValuesForm(forms.Form):
    """The values of the periods that have none: a field for each."""

    version = VersionField(required=False)

    def __init__(self, figures: SeriesFigures, periods: Sequence[date], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: Any = None
        self.figures = figures
        self.periods = list(periods)
        for period in self.periods:
            self.fields[field_of(period)] = NumberField(
                unit=figures.measure,
                size=12,
                label=f"{capitalised(period_words(period, figures.rhythm))} ({figures.measure})",
                required=False,
                max_digits=18,
                decimal_places=figures.decimals,
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for period in self.values():
            if period in self.figures.values:
                words = _("%(value)s was entered meanwhile. If that is wrong, revise it in the series' table.")
                self.add_error(field_of(period), words % {"value": with_measure(self.figures.values[period], self.figures)})
        if not self.errors and not self.values():
            raise forms.ValidationError(_("Write at least one value."))
        return given

    def values(self) -> dict[date, Decimal]:
        """Return the values that were written, by period."""
        found = {period: self.cleaned_data.get(field_of(period)) for period in self.periods}
        return {period: value for period, value in found.items() if value is not None}
