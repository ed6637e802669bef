"""The verbs of indicators and of their series that ask first."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from controls.indicators import definitions, series
from controls.indicators.gate import INDICATOR_LABELS, INDICATORS, SERIES_GATE, SERIES_LABELS
from controls.indicators.values import revise_value
from controls.models import Indicator, IndicatorLevel, IndicatorNote, IndicatorSeries, IndicatorValue
from controls.views.indicators.forms import (
    ChangeDefinitionForm,
    ChangeSeriesForm,
    LevelsForm,
    NoteForm,
    OpenSeriesForm,
    ReviseForm,
)
from controls.views.indicators.seen import place_of, place_of_series, seen_indicator, seen_series
from riskreg.access.grants import may
from riskreg.access.verbs import NotPermitted, Verb
from riskreg.models import Unit, User
from riskreg.verbs.errors import Refused
from riskreg.web.asking import AskingForm, Button, ReasonForm, RecordVerb, VersionedReasonForm, ask, buttons_of, by_name

# Indicators


def _change(indicator: Indicator, *, by: User, version: int | None = None, **given: Any) -> Indicator:
    return definitions.change(indicator, by=by, described=definitions.Described(**given), version=version)


def _verb_of_indicator(name: str, act: Any, form: type[AskingForm], said: Any, **how: Any) -> RecordVerb:
    return RecordVerb(
        name,
        INDICATOR_LABELS[name],
        act,
        form=form,
        said=lambda _asked, done: str(said % {"indicator": done}),
        open_to=lambda indicator, user: INDICATORS.why_not(indicator, name, user) is None,
        why_not=INDICATORS.why_not,
        **how,
    )


class CloseIndicatorForm(VersionedReasonForm):
    def remarks(self) -> list[str]:
        return [_("No more values are awaited in any of its series. What they hold stays.")]


INDICATOR_VERBS = by_name(
    _verb_of_indicator(
        "change",
        _change,
        ChangeDefinitionForm,
        gettext_lazy("The indicator is changed: %(indicator)s."),
        button=lambda: _("Save"),
    ),
    _verb_of_indicator(
        "close", definitions.close, CloseIndicatorForm, gettext_lazy("The indicator is closed: %(indicator)s."), tone="danger"
    ),
    _verb_of_indicator(
        "reopen", definitions.reopen, VersionedReasonForm, gettext_lazy("The indicator is in use again: %(indicator)s.")
    ),
)


def indicator_buttons(indicator: Indicator, user: User) -> list[Button]:
    """Return the buttons of what the user can do with the indicator now."""
    return buttons_of(INDICATOR_VERBS.values(), indicator, user, lambda name: reverse(f"indicator_{name}", args=[indicator.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Change the indicator, close it, or take it into use again."""
    found = seen_indicator(cast(User, request.user), pk)
    return ask(request, INDICATOR_VERBS[verb], found, place_of(found))


# A new series


def _open(indicator: Indicator, *, by: User, unit: Unit, **given: Any) -> IndicatorSeries:
    return series.open_series(indicator, unit, by=by, **given)


def why_no_series(indicator: Indicator, _verb: str, user: User) -> Exception | None:
    """Return why the user cannot begin a series of the indicator, or None."""
    if not may(user, Verb.KEEP_INDICATOR):
        return NotPermitted(Verb.KEEP_INDICATOR)
    return None if indicator.is_in_use else Refused(_("The indicator is closed: no series is begun."))


OPEN_SERIES = RecordVerb(
    "open",
    lambda: _("Begin a series"),
    _open,
    form=OpenSeriesForm,
    said=lambda _indicator, done: (
        _("The series is begun: %(series)s. Set its levels, and enter or import its values.") % {"series": done}
    ),
    goes_to=lambda done: done.get_absolute_url(),
    why_not=why_no_series,
)


@require_http_methods(["GET", "HEAD", "POST"])
def indicator_series_open(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Begin a series of the indicator at a unit."""
    found = seen_indicator(cast(User, request.user), pk)
    return ask(request, OPEN_SERIES, found, place_of(found))


# Series


def _verb_of_series(name: str, act: Any, form: type[AskingForm], said: Any, **how: Any) -> RecordVerb:
    return RecordVerb(
        name,
        SERIES_LABELS[name],
        act,
        form=form,
        said=lambda _asked, _done: str(said),
        open_to=lambda one, user: SERIES_GATE.why_not(one, name, user) is None,
        why_not=SERIES_GATE.why_not,
        **how,
    )


class CloseSeriesForm(VersionedReasonForm):
    def remarks(self) -> list[str]:
        return [_("No more values are awaited, and nobody is reminded. What the series holds stays.")]


SERIES_VERBS = by_name(
    _verb_of_series("set_levels", series.set_levels, LevelsForm, gettext_lazy("The levels are set.")),
    _verb_of_series("note", series.note, NoteForm, gettext_lazy("The note is kept.")),
    _verb_of_series("change", series.change, ChangeSeriesForm, gettext_lazy("The series is changed."), button=lambda: _("Save")),
    _verb_of_series("close", series.close, CloseSeriesForm, gettext_lazy("The series is closed."), tone="danger"),
    _verb_of_series("reopen", series.reopen, VersionedReasonForm, gettext_lazy("The series is in use again.")),
)


def series_buttons(found: IndicatorSeries, user: User) -> list[Button]:
    """Return the buttons of what the user can do with the series now, beside its values."""
    return buttons_of(SERIES_VERBS.values(), found, user, lambda name: reverse(f"series_{name}", args=[found.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def series_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponseBase:
    """Do what is asked for with the series."""
    found = seen_series(cast(User, request.user), pk)
    return ask(request, SERIES_VERBS[verb], found, place_of_series(found))


# What belongs to a series


def _verb_below(name: str, act: Any, form: type[AskingForm], said: Any, **how: Any) -> RecordVerb:
    return RecordVerb(
        name,
        SERIES_LABELS[name],
        act,
        form=form,
        said=lambda _asked, _done: str(said),
        why_not=lambda record, verb, user: SERIES_GATE.why_not(record.series, verb, user),
        **how,
    )


REMOVE_LEVELS = _verb_below(
    "remove_levels", series.remove_levels, ReasonForm, gettext_lazy("The levels are removed."), tone="danger"
)
REMOVE_NOTE = _verb_below("remove_note", series.remove_note, ReasonForm, gettext_lazy("The note is removed."), tone="danger")
REVISE = _verb_below(
    "revise", revise_value, ReviseForm, gettext_lazy("The value is revised. The earlier one stays in the history.")
)


@require_http_methods(["GET", "HEAD", "POST"])
def series_levels_remove(request: HttpRequest, pk: int, level: int) -> HttpResponseBase:
    """Remove levels that were set by mistake."""
    found = seen_series(cast(User, request.user), pk)
    record = get_object_or_404(IndicatorLevel, series=found, pk=level)
    record.series = found
    return ask(request, REMOVE_LEVELS, record, place_of_series(found))


@require_http_methods(["GET", "HEAD", "POST"])
def series_note_remove(request: HttpRequest, pk: int, note: int) -> HttpResponseBase:
    """Remove a note."""
    found = seen_series(cast(User, request.user), pk)
    record = get_object_or_404(IndicatorNote, series=found, pk=note)
    record.series = found
    return ask(request, REMOVE_NOTE, record, place_of_series(found))


@require_http_methods(["GET", "HEAD", "POST"])
def series_revise(request: HttpRequest, pk: int, value: int) -> HttpResponseBase:
    """Put another value in the place of one that is wrong."""
    found = seen_series(cast(User, request.user), pk)
    record = get_object_or_404(IndicatorValue, series=found, pk=value)
    record.series = found
    return ask(request, REVISE, record, place_of_series(found))
