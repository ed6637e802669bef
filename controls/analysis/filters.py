"""The risks' filters, extended with what only controls know: method, performer and the conclusions of follow-ups."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from controls.analysis.lateness import LATENESS, with_lateness
from controls.models import Closing, Conclusion, Control, FollowUp, Method
from controls.models.control import ControlQuerySet
from controls.models.follow_up import FollowUpQuerySet, of_seen_units
from riskreg import clock
from riskreg.access.sight import below
from riskreg.filtering.choices import Choices, choice_rows, people_with
from riskreg.filtering.history import BOTH
from riskreg.filtering.history import HistoryFilter as BaseHistoryFilter
from riskreg.filtering.risks import ChoiceFilter, Options
from riskreg.filtering.risks import RiskFilter as BaseRiskFilter
from riskreg.models import Risk, User

NO_CONCLUSION = "none"


def closing_rows(user: User) -> QuerySet[Any, Any]:
    """Return the closings the user sees, as choices: year, kind, and the cut-off date as text."""
    cut_off = Cast("cut_off", CharField())
    return choice_rows(Closing.objects.visible_to(user), "closing", a="year", text="kind", more=cut_off)


def closing_options(choices: Choices) -> Options:
    """Return the (value, label) pairs of the closings, the newest first."""
    kinds = Closing.Kind.values
    rows = sorted(choices.rows.get("closing", []), key=lambda row: (row.a, kinds.index(row.text)), reverse=True)
    return [(str(row.pk), str(Closing(kind=row.text, year=row.a))) for row in rows]


def came_options() -> Options:
    """Return the (value, label) pairs of the lateness filter."""
    return [("", gettext("All")), *((code, f"{one.symbol} {one.label}") for code, one in LATENESS.items())]


class HistoryFilter(BaseHistoryFilter):
    """The filters of the pages that look back, with the closings' cut-off days among the slider's stops."""

    @classmethod
    def more_choices(cls, user: User) -> list[QuerySet[Any, Any]]:
        return [closing_rows(user)]

    def closings(self) -> list[tuple[date, str]]:
        rows = self.choices.rows.get("closing", [])
        return [(date.fromisoformat(row.more[:10]), str(Closing(kind=row.text, year=row.a))) for row in rows]


class TrendFilter(HistoryFilter):
    """The filters of the trend: no day of its own, as it shows them all."""

    day = against = against_year = None  # type: ignore[assignment]
    main: tuple[str, ...] = ("year", "unit", "category", "wide", "values")

    def options(self) -> dict[str, Options]:
        made = super().options()
        return made | {"values": [option for option in made["values"] if option[0] != BOTH]}

    @property
    def follow_ups(self) -> FollowUpQuerySet:
        """The follow-ups of every closing that the reader sees, narrowed by the filters.

        A follow-up is filtered by unit and plan, and by its risk's category, owner and kind.
        """
        chosen = self.chosen
        found = FollowUp.objects.all_visible_to(self.choices.user).filter(control__is_dropped=False)
        if chosen.get("unit"):
            unit = self.choices.unit(int(chosen["unit"]))
            found = found.filter(below([unit.path], "unit")) if unit else found.none()
        if chosen.get("plan"):
            found = found.filter(control__risk__plan=int(chosen["plan"]))
        for name in ("category", "owner"):
            if chosen.get(name):
                found = found.filter(**{f"control__risk__{name}": int(chosen[name])})
        if chosen.get("wide"):
            found = found.filter(control__risk__is_municipality_wide=chosen["wide"] == "yes")
        return found


class InTimeFilter(TrendFilter):
    """The follow-ups behind a number of the trend: of a closing, in time or late."""

    year = values = matrix = None  # type: ignore[assignment]
    closing = ChoiceFilter(label=_("Closing"), method="nothing")
    came = ChoiceFilter(label=_("In time or late"), method="nothing")
    main = ("closing", "came", "unit", "plan", "category", "owner", "wide")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.order_fields(self.main)

    def options(self) -> dict[str, Options]:
        everything = ("", gettext("All"))
        made = HistoryFilter.options(self) | {"closing": [everything, *closing_options(self.choices)], "came": came_options()}
        return {name: options for name, options in made.items() if name in self.filters}

    def with_lateness(self, today: date) -> QuerySet[Any]:
        """Annotate each with `came` and `submitted_day`; none where a filter is not valid."""
        if not self.is_valid():
            return FollowUp.objects.none()
        found = with_lateness(self.follow_ups, today)
        if self.chosen.get("closing"):
            found = found.filter(closing=int(self.chosen["closing"]))
        return found.filter(came=self.chosen["came"]) if self.chosen.get("came") else found


class RiskFilter(BaseRiskFilter):
    """Method, performer, conclusion and lateness are asked of one and the same control: sampled, by Karin, with deviations."""

    method = ChoiceFilter(label=_("Method"), method="with_controls")
    conclusion = ChoiceFilter(label=_("Conclusion"), method="with_controls")
    closing = ChoiceFilter(label=_("At closing"), method="with_controls")
    came = ChoiceFilter(label=_("Follow-up in time or late"), method="with_controls")
    performer = ChoiceFilter(label=_("Control performed by"), method="with_controls")

    main = ("q", "year", "unit", "category", "method", "band", "conclusion")

    @classmethod
    def more_choices(cls, user: User) -> list[QuerySet[Any, Any]]:
        index = "performer_id", "is_dropped", "risk_id"
        performers = people_with(user, Control.objects.current(), "performer", risk="risk", index=index)
        return [
            choice_rows(performers, "performer", text="name", more="name_sort"),
            closing_rows(user),
        ]

    def options(self) -> dict[str, Options]:
        everything = ("", gettext("All"))
        return super().options() | {
            "method": [everything, *((method.value, str(method.label)) for method in Method)],
            "conclusion": [
                everything,
                *((one.value, f"{one.symbol} {one.label}") for one in Conclusion),
                (NO_CONCLUSION, "○ " + gettext("No conclusion yet")),
            ],
            "closing": [("", gettext("The latest closing")), *closing_options(self.choices)],
            "came": came_options(),
            "performer": [everything, *self.choices.named("performer")],
        }

    @cached_property
    def key(self) -> Hashable | None:
        found = super().key
        return None if found is None else (found, clock.today() if self.chosen.get("came") else None)

    def with_controls(self, queryset: QuerySet[Risk], name: str, value: str) -> QuerySet[Risk]:
        """Return the queryset unchanged: the five are applied together, in filter_queryset."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Risk]) -> QuerySet[Risk]:
        queryset = super().filter_queryset(queryset)
        method, performer = self.chosen.get("method"), self.chosen.get("performer")
        conclusion, closing = self.chosen.get("conclusion"), self.chosen.get("closing")
        came = self.chosen.get("came")
        if not (method or performer or conclusion or came):
            return queryset
        controls = Control.objects.filter(is_dropped=False)
        if method:
            controls = controls.filter(method=method)
        if performer:
            controls = controls.filter(performer=int(performer))
        seen = FollowUp.objects.filter(of_seen_units(self.choices.user))
        if came:
            timed = with_lateness(seen.filter(closing=int(closing)) if closing else seen, clock.today()).filter(came=came)
            controls = controls.filter(pk__in=timed.values("control"))
        if conclusion:
            controls = _concluded(controls, seen, conclusion, int(closing) if closing else None)
        return queryset.filter(pk__in=controls.values("risk"))


def _concluded(controls: ControlQuerySet, seen: QuerySet[FollowUp], conclusion: str, closing: int | None) -> ControlQuerySet:
    """Keep the controls with the conclusion at the closing, or as their latest, in a follow-up the user sees."""
    stated = seen.exclude(conclusion="")
    if closing is not None:
        stated = stated.filter(closing=closing)
    if conclusion == NO_CONCLUSION:
        return controls.exclude(pk__in=stated.values("control"))
    matching = stated.filter(conclusion=conclusion)
    if closing is None:
        later = FollowUp.objects.exclude(conclusion="").filter(
            control=OuterRef("control"), unit=OuterRef("unit"), closing__cut_off__gt=OuterRef("closing__cut_off")
        )
        matching = matching.filter(~Exists(later))
    return controls.filter(pk__in=matching.values("control"))
