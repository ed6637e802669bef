"""The indicators' part in the registry of controls.follow_ups.backing: what a series says on the day of a follow-up's closing.

While a follow-up is open it is read as it is now. When it is handed in it is kept, and that is shown from then on, beside what
has been revised since; taken up again, it is read anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from controls.follow_ups.backing import Backing, BackingMethod, Link, Picture
from controls.follow_ups.contributions import Contribution, Of
from controls.indicators.behind_follow_ups import saying
from controls.indicators.figures.series import SeriesFigures
from controls.indicators.known import read_figures
from controls.models import Check, Control, ControlSeries, FollowUp, IndicatorSeries, IndicatorValue, KeptIndicators, Method
from riskreg import clock
from riskreg.access.verbs import Verb
from riskreg.models import User
from riskreg.models.author import Author
from riskreg.models.history import save_with_history

NOT_MEASURED = frozenset({Method.SURVEY, Method.INTERVIEW})
"""The methods of a control for which no indicators are offered."""


class Indicators(BackingMethod):
    code = "indicators"

    def show(self, follow_ups: Sequence[FollowUp]) -> list[list[Backing]]:
        """Return what the series said for each: as it is now, or as it was kept when it was handed in."""
        settled = [one.pk for one in follow_ups if one.pk and not one.is_open]
        kept = latest_kept(settled) if settled else {}
        now = dict(zip(map(id, follow_ups), figures_of(follow_ups), strict=True))
        return [_backings(one, now[id(one)], kept.get(one.pk)) for one in follow_ups]

    def start(self, control: Control, *, follow_up: FollowUp | None = None, check: Check | None = None) -> Link | None:
        if control.method in NOT_MEASURED:
            return None
        return Link(reverse("control_series", args=[control.pk]), _("Indicators of the control"))

    def work_on(self, check: Check, user: User) -> tuple[str, list[Link]]:
        """Return the series of the check's control that the user sees, each with where it stands."""
        seen = IndicatorSeries.objects.visible_to(user).filter(control_series__control=check.control_id)
        series = [one for one in seen.select_related("indicator", "unit").order_by("pk") if is_about(one, check.unit.path)]
        figures = read_figures(series)
        label = saying.line
        return _("Indicators"), [Link(one.get_absolute_url(), label(figures[one.pk], check.nominal_on)) for one in series]

    def keep(self, follow_ups: Sequence[FollowUp], *, by: Author) -> None:
        """Keep what the series held for each, in the transaction that hands them in."""
        for follow_up, found in zip(follow_ups, figures_of(follow_ups), strict=True):
            if found:
                made = KeptIndicators(follow_up=follow_up, kept_at=clock.now(), figures=[one.as_json() for one in found])
                save_with_history(made, by=by, reason=_("As it was when the follow-up was handed in"))

    def contributions(self) -> list[Contribution]:
        return [Contribution("recording", lambda: _("You entered values of its indicators."), _recording)]


def is_about(series: IndicatorSeries, path: str) -> bool:
    """Return whether the series is of the unit with the path, below it or above it: not of one beside it."""
    return series.unit.path.startswith(path) or path.startswith(series.unit.path)


def series_of(controls: Iterable[int]) -> dict[int, list[IndicatorSeries]]:
    """Return the series that were chosen for each control; one query."""
    found: dict[int, list[IndicatorSeries]] = defaultdict(list)
    chosen = ControlSeries.objects.filter(control__in=set(controls)).select_related("series__indicator", "series__unit")
    for row in chosen.order_by("control", "series__indicator__name", "series"):
        found[row.control_id].append(row.series)
    return found


def figures_of(follow_ups: Sequence[FollowUp]) -> list[list[SeriesFigures]]:
    """Return the figures of the series behind each follow-up as they are now; one query where none is chosen, else four."""
    saved = [one.control_id for one in follow_ups if one.control_id]
    chosen = series_of(saved) if saved else {}
    if not chosen:
        return [[] for _one in follow_ups]
    known = read_figures({one.pk: one for series in chosen.values() for one in series}.values())
    return [
        [known[series.pk] for series in chosen.get(one.control_id, ()) if is_about(series, one.unit.path)] for one in follow_ups
    ]


def latest_kept(follow_ups: Sequence[int]) -> dict[int, KeptIndicators]:
    """Return what was kept at the latest hand-in of each, by follow-up; one query."""
    return {one.follow_up_id: one for one in KeptIndicators.objects.filter(follow_up__in=follow_ups).order_by("pk")}


def _backings(follow_up: FollowUp, now: Sequence[SeriesFigures], kept: KeptIndicators | None) -> list[Backing]:
    if not now and kept is None:
        return []  # before the closing is read: an import asks this of rows without any series
    closing = follow_up.closing
    if follow_up.is_open:
        return [backing_of(one, closing.cut_off, closing.year) for one in now]
    if kept is None:
        return []
    newest = {one.key: one for one in now}
    found = []
    for stored in kept.figures:
        then = SeriesFigures.of_json(stored)
        remarks = [_kept_words(kept.kept_at), *saying.changed_since(then, newest.get(then.key), closing.cut_off)]
        found.append(backing_of(then, closing.cut_off, closing.year, remarks=remarks))
    return found


def _kept_words(moment: datetime) -> str:
    when = formats.date_format(clock.municipal(moment), "DATETIME_FORMAT")
    return _("As it was when the follow-up was handed in, %(when)s. Later values do not change it.") % {"when": when}


def backing_of(figures: SeriesFigures, cut_off: date, year: int, *, remarks: Sequence[str] = ()) -> Backing:
    """Return what a series says on the cut-off date, as what backs a follow-up of the year."""
    seen = saying.Seen.of(figures, cut_off, year)
    return Backing(
        source=_("The indicator"),
        heading=_("The indicator: %(name)s, %(unit)s") % {"name": figures.name, "unit": figures.unit},
        suggested=seen.suggested,
        verdict=seen.verdict,
        sentence=" ".join([seen.sentence, *seen.left]),
        tone=seen.tone,
        symbol=seen.symbol,
        facts=seen.facts,
        done=len(seen.awaited) - len(seen.missing),
        total=len(seen.awaited),
        measure=_("Values that are in"),
        draft=seen.draft,
        missing=seen.left,
        remarks=remarks,
        link=Link(
            reverse("indicator_series", args=[figures.key]),
            _("The series"),
            label_of_work=_("Enter values") if seen.missing else "",
            right=Verb.VIEW,
        ),
        picture=Picture("controls/indicators/behind_follow_up.html", seen.plot()) if seen.points else None,
    )


def _recording(of: Of) -> QuerySet[Any]:
    """Return the rows of values up to the cut-off, of series ever chosen for the control, written since the year began."""
    chosen = ControlSeries.history.filter(control=of.within("control_id")).order_by().values("series")
    written = IndicatorValue.history.filter(series__in=chosen, history_user__isnull=False, period__lte=of("closing__cut_off"))
    rows: QuerySet[Any] = written.filter(history_date__year__gte=of("closing__year"))
    return rows
