"""Filters over risks, shared by the list, the heatmap and its file. The filters of controls extend these."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from riskreg import clock
from riskreg.access.sight import below
from riskreg.filtering.choices import Choices, PlanChoice
from riskreg.models import ControlPlan, Risk, RiskBand, RiskMatrix, User
from riskreg.scoring import band_limits
from riskreg.web.plain_select import PlainSelect
from riskreg.web.whole_number import whole_number

ALL_YEARS = "all"
REFERENCE = re.compile(r"(\d{4})-(\d{1,6})")
MOST_WORDS = 8

Options = list[tuple[str, str]]


class ChoiceField(forms.ChoiceField):
    """A choice whose error names the value and says where the ones to choose from are.

    Its choices are plain (value, label) pairs made for this one form; Django's field would normalise and copy them
    again for every use, which with hundreds of them is a tenth of the page's time.
    """

    widget = PlainSelect
    default_error_messages = {
        "invalid_choice": _("“%(value)s” is not among the choices, or you do not have access to it. Choose from the list.")
    }

    @property
    def choices(self) -> Any:
        return self._choices

    @choices.setter
    def choices(self, given: Any) -> None:
        self._choices = self.widget.choices = given

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return forms.Field.__deepcopy__(self, memo)


class ChoiceFilter(django_filters.Filter):
    """A choice among what Choices offers; the options are set when the filter set is made."""

    field_class = ChoiceField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", [])
        super().__init__(*args, **kwargs)


class WholeNumberFilter(django_filters.Filter):
    field_class = forms.IntegerField


class RiskFilter(django_filters.FilterSet):
    """Filters over risks. Without a year it shows the plan's year or, without a plan, the year that it is."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="filter_words",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Title, description or number")}),
    )
    year = ChoiceFilter(label=_("Year"), method="filter_year")
    unit = ChoiceFilter(label=_("Unit, with all below"), method="filter_unit")
    plan = ChoiceFilter(label=_("Plan"), field_name="plan")
    category = ChoiceFilter(label=_("Category"), field_name="category")
    owner = ChoiceFilter(label=_("Risk owner"), field_name="owner")
    band = ChoiceFilter(label=_("Risk band"), method="filter_band")
    likelihood = ChoiceFilter(label=_("Likelihood"), field_name="likelihood")
    impact = ChoiceFilter(label=_("Impact"), field_name="impact")
    score = WholeNumberFilter(label=_("Risk score"), field_name="risk_score", min_value=1, max_value=100)
    placed = ChoiceFilter(label=_("Placement"), method="filter_placed")
    wide = ChoiceFilter(label=_("Municipality-wide"), method="filter_wide")
    matrix = ChoiceFilter(label=_("Risk matrix"), field_name="plan__matrix")

    main: tuple[str, ...] = ("q", "year", "unit", "category", "band")
    """The filters that are always in view; the rest lie folded under them."""

    class Meta:
        model = Risk
        fields: list[str] = []

    @classmethod
    def more_choices(cls, user: User) -> list[QuerySet[Any, Any]]:
        """Return further choices of the filters, as choice_rows() for choices_for()."""
        return []

    def __init__(self, data: QueryDict, queryset: QuerySet[Risk], *, choices: Choices, request: Any = None) -> None:
        self.choices = choices
        self.default_year = self._default_year(data.get("plan", ""))
        if self.default_year is not None and data.get("year") == str(self.default_year):
            data = data.copy()
            del data["year"]
        super().__init__(data, Risk.objects.all(), request=request)
        self.queryset = queryset
        made_for = type(self), get_language(), self.default_year
        if made_for not in choices.offered:
            choices.offer(made_for, self.options())
        self.offered = choices.offered[made_for]
        for name, options in self.offered.items():
            self.filters[name].extra["choices"] = options

    def _default_year(self, plan: str) -> int | None:
        number = whole_number(plan)
        chosen = None if number is None else self.choices.plan(number)
        if chosen is not None:
            return chosen.year
        years, today = self.choices.years, clock.today().year
        return next((year for year in years if year <= today), years[-1] if years else None)

    # What there is to choose among

    def options(self) -> dict[str, Options]:
        """Return the (value, label) pairs of each filter; the value "" is what holds when nothing is chosen."""
        everything = ("", gettext("All"))
        matrices = list(self.choices.matrices.values())
        return {
            "year": self._years(),
            "unit": [everything, *((str(unit.pk), "\u2003" * unit.depth + unit.name) for unit in self.choices.units)],
            "plan": [everything, *((str(plan.pk), plan.label) for plan in self.choices.plans if plan.is_visible)],
            "category": [everything, *self.choices.named("category")],
            "owner": [everything, *self.choices.named("owner")],
            "band": [everything, *_band_options(matrices)],
            "likelihood": [everything, *_level_options(matrix.likelihoods for matrix in matrices)],
            "impact": [everything, *_level_options(matrix.impacts for matrix in matrices)],
            "placed": [
                everything,
                ("placed", gettext("Placed in the matrix")),
                ("not_placed", gettext("Not placed: score without likelihood and impact")),
                ("not_scored", gettext("Not scored")),
            ],
            "wide": [everything, ("yes", gettext("Municipality-wide only")), ("no", gettext("Not municipality-wide"))],
            "matrix": [everything, *((str(matrix.pk), str(matrix)) for matrix in matrices)],
        }

    def _years(self) -> Options:
        years = [(str(year), str(year)) for year in self.choices.years if year != self.default_year]
        default = ("", "–" if self.default_year is None else str(self.default_year))
        newest_first = sorted([default, *years], key=lambda option: option[1], reverse=True)
        return [*newest_first, (ALL_YEARS, gettext("All years"))]

    # What is chosen

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The valid values by name; empty when something is invalid."""
        return self.form.cleaned_data if self.is_valid() else {}

    @cached_property
    def shown_year(self) -> int | None:
        """The year shown, None for all."""
        given = self.chosen.get("year", "")
        return None if given == ALL_YEARS else int(given) if given else self.default_year

    @cached_property
    def plans(self) -> list[PlanChoice]:
        """The plans whose risks can be among those shown, by plan, unit and year."""
        plan, unit = self.chosen.get("plan"), self.chosen.get("unit")
        path = next((one.path for one in self.choices.units if str(one.pk) == unit), "")
        return [
            one
            for one in self.choices.plans
            if (not plan or str(one.pk) == plan)
            and self.shown_year in (None, one.year)
            and (one.path.startswith(path) or path.startswith(one.path))
        ]

    @cached_property
    def shown_matrix(self) -> RiskMatrix | None:
        """The matrix chosen, or the one that most of the plans use (the newest of equals)."""
        if self.chosen.get("matrix"):
            return self.choices.matrices[int(self.chosen["matrix"])]
        used = [plan.matrix_id for plan in self.plans]
        if not used:
            return None
        return self.choices.matrices[max(set(used), key=lambda pk: (used.count(pk), pk))]

    @cached_property
    def several_matrices(self) -> bool:
        return len({plan.matrix_id for plan in self.plans}) > 1

    # How it is asked of the database

    @cached_property
    def key(self) -> Hashable | None:
        """All that the filters' condition depends on, beside the user's standing and the rows of the database.

        None where it is not kept: of what is not valid, and of words, of which there is no end.
        """
        if not self.is_valid() or self.chosen.get("q"):
            return None
        unit = self.choices.unit(int(self.chosen["unit"])) if self.chosen.get("unit") else None
        limits: tuple[Any, ...] = ()
        if self.chosen.get("band"):
            limits = tuple(
                (matrix.pk, matrix.highest_score, *((band.name, band.from_score) for band in matrix.ordered_bands))
                for matrix in self.choices.matrices.values()
            )
        chosen = tuple((name, value) for name, value in sorted(self.chosen.items()) if value not in ("", None))
        return type(self), self.default_year, chosen, unit and unit.path, limits

    def filter_queryset(self, queryset: QuerySet[Risk]) -> QuerySet[Risk]:
        if self.default_year is not None and not self.chosen.get("year"):
            queryset = self.filter_year(queryset, "year", str(self.default_year))
        return super().filter_queryset(queryset)

    def where_and_when(self, queryset: QuerySet[Risk]) -> QuerySet[Risk]:
        """Narrow the queryset by the year, the unit and the plan alone."""
        if self.shown_year is not None:
            queryset = self.filter_year(queryset, "year", str(self.shown_year))
        for name in ("unit", "plan"):
            if self.chosen.get(name):
                queryset = self.filters[name].filter(queryset, self.chosen[name])
        return queryset

    def filter_words(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        """Keep the risks with every word in the title or the description, or with the number (7 or 2025-07)."""
        for word in value.split()[:MOST_WORDS]:
            queryset = queryset.filter(_text_has(word) | _number_is(word))
        return queryset

    def filter_year(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        if value == ALL_YEARS:
            return queryset
        return queryset.filter(plan__in=ControlPlan.objects.filter(year=int(value)).values("pk"))

    def filter_unit(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        unit = self.choices.unit(int(value))
        return queryset.filter(below([unit.path], "unit")) if unit else queryset.none()

    def filter_band(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        matrices = list(self.choices.matrices.values())
        condition = Q(pk__in=[])
        for matrix in matrices:
            for band, lowest, highest in band_limits(matrix.ordered_bands, matrix.highest_score):
                if band.name == value:
                    scores = Q(risk_score__range=(lowest, highest))
                    condition |= scores if len(matrices) == 1 else scores & Q(plan__matrix=matrix.pk)
        return queryset.filter(condition)

    def filter_placed(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        return queryset.filter(
            {
                "placed": Q(likelihood__isnull=False),
                "not_placed": Q(likelihood__isnull=True, risk_score__isnull=False),
                "not_scored": Q(risk_score__isnull=True),
            }[value]
        )

    def filter_wide(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        return queryset.filter(is_municipality_wide=value == "yes")

    # How it is shown

    without: tuple[str, ...] = ()
    """Filters that the page does not offer; a value that is set is shown all the same."""

    @cached_property
    def _useful_fields(self) -> list[BoundField]:
        return [field for field in self.form.visible_fields() if self._is_of_use(field)]

    def _is_of_use(self, field: BoundField) -> bool:
        if field.value() not in (None, ""):
            return True
        if field.name in self.without:
            return False
        only_everything = field.name in self.offered and len(self.offered[field.name]) < 2
        return not only_everything and not (field.name == "matrix" and len(self.choices.matrices) < 2)

    @property
    def main_fields(self) -> list[BoundField]:
        fields = {field.name: field for field in self._useful_fields}
        return [fields[name] for name in self.main if name in fields]

    @property
    def more_fields(self) -> list[BoundField]:
        return [field for field in self._useful_fields if field.name not in self.main]

    @property
    def more_is_used(self) -> bool:
        return any(field.value() not in (None, "") for field in self.more_fields)


def _text_has(word: str) -> Q:
    """Return the condition that the text has the word, in any case.

    Databases fold a-z alone wherever they run, so other letters are given in both cases.
    """
    if word.isascii():
        return Q(title__icontains=word) | Q(description__icontains=word)
    pattern = "".join(
        f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() and not letter.isascii() else re.escape(letter)
        for letter in word
    )
    return Q(title__iregex=pattern) | Q(description__iregex=pattern)


def _number_is(word: str) -> Q:
    reference = REFERENCE.fullmatch(word)
    if reference:
        return Q(plan__year=int(reference[1]), number=int(reference[2]))
    return Q(number=int(word)) if word.isascii() and word.isdigit() and len(word) <= 6 else Q(pk__in=[])


def _band_options(matrices: Iterable[RiskMatrix]) -> Options:
    """Return the bands by name, the highest first; versions of a matrix share their names."""
    bands: dict[str, RiskBand] = {}
    for matrix in matrices:
        for band in matrix.ordered_bands:
            bands.setdefault(band.name, band)
    ordered = sorted(bands.values(), key=lambda band: band.from_score, reverse=True)
    return [(band.name, f"{band.symbol} {band.name}") for band in ordered]


def _level_options(scales: Iterable[Iterable[Any]]) -> Options:
    """Return the steps of the scales by value; where matrices word a step differently, each wording once."""
    labels: dict[int, list[str]] = {}
    for scale in scales:
        for level in scale:
            words = labels.setdefault(level.value, [])
            if level.label not in words:
                words.append(level.label)
    return [(str(value), f"{value} {' / '.join(labels[value])}") for value in sorted(labels)]
