"""What a control's watched rules gave in the period of a follow-up: what was watched, what was not, and the alerts by state.

Read in a fixed number of queries. A register was seen on the day that a snapshot tells of, and on each day when it was found
to be unchanged since. A rule was watched when each register that it reads was seen in the period, and when it was run on what
was last seen of each: a rule that stopped, or a register that nobody fed, is not watched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any, Self, cast

from django.db.models import Q
from django.utils import timezone

from controls.models import (
    Alert,
    Closing,
    ControlWatch,
    FollowUp,
    Inquiry,
    Register,
    RegisterSnapshot,
    SnapshotConfirmation,
    Watch,
    WatchOutcome,
)
from controls.monitoring.behind_follow_ups.episodes import UNSETTLED, Written, latest_of
from controls.monitoring.behind_follow_ups.switches import read_switches
from controls.monitoring.snapshots.parts import Period, standing
from controls.monitoring.watching.repeats import repeated
from riskreg import clock

NO_SNAPSHOT, NOT_RUN, STOPPED = "no_snapshot", "not_run", "stopped"
Periods = Mapping[int, tuple[date, date]]
"""By follow-up (its place in the list): the day after which its period begins, and its last day."""


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Rules that were not watched, or not to the end, for one reason."""

    reason: str
    rules: tuple[str, ...]
    register: str = ""
    """The register without a snapshot in the period."""
    day: str = ""
    """The last day that was watched, where the rule stopped after it."""


@dataclass(frozen=True, slots=True)
class Switched:
    """Rules that were switched on, or off, on a day of the period."""

    day: str
    is_on: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watching:
    """What watched rules gave in a period."""

    since: date
    until: date
    rules: int
    unwatched: tuple[Unwatched, ...] = ()
    days: tuple[str, ...] = ()
    """The days that the snapshots tell of on which the rules were run, one for each snapshot; earlier than the period where
    one still held in it."""
    watched: Mapping[str, int] = field(default_factory=dict)
    """By kind of register: the rows of the latest of these snapshots."""
    states: Mapping[str, int] = field(default_factory=dict)
    """The number of alerts by state."""
    stood: int = 0
    """How many of them stood open since before the period."""
    alerts: tuple[tuple[int, str], ...] = ()
    """Each alert's key and state."""
    unchanged: tuple[str, ...] = ()
    """The days on which a register was found to be unchanged, and its rules were run."""
    switched: tuple[Switched, ...] = ()
    """The rules that were switched on or off in the period."""
    inquiries: Mapping[str, int] = field(default_factory=dict)
    """The number of questions put about these alerts in the period, by what came of them; '' for those that wait."""

    @property
    def not_watched(self) -> int:
        return len({code for one in self.unwatched for code in one.rules})

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def left(self) -> int:
        return sum(number for state, number in self.states.items() if state in UNSETTLED)

    @property
    def confirmed(self) -> int:
        return self.states.get(Alert.State.CONFIRMED, 0)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {**asdict(self), "since": self.since.isoformat(), "until": self.until.isoformat()}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return it as it was stored."""
        return cls(
            since=date.fromisoformat(stored["since"]),
            until=date.fromisoformat(stored["until"]),
            rules=stored["rules"],
            unwatched=tuple(Unwatched(**{**one, "rules": tuple(one["rules"])}) for one in stored["unwatched"]),
            days=tuple(stored["days"]),
            watched=stored["watched"],
            states=stored["states"],
            stood=stored["stood"],
            alerts=tuple((key, state) for key, state in stored["alerts"]),
            unchanged=tuple(stored.get("unchanged", ())),
            switched=tuple(Switched(**{**one, "rules": tuple(one["rules"])}) for one in stored.get("switched", ())),
            inquiries=stored.get("inquiries", {}),
        )


def periods_of(follow_ups: Sequence[FollowUp]) -> Periods:
    """Return the period of each follow-up: since the cut-off before its closing's, or the year's first day; one query."""
    closings = [one.closing for one in follow_ups]
    years = {(one.unit_id, one.year) for one in closings}
    known: dict[tuple[int, int], list[date]] = defaultdict(list)
    rows = Closing.objects.filter(unit__in={unit for unit, _year in years}, year__in={year for _unit, year in years})
    for unit, year, cut_off in rows.values_list("unit", "year", "cut_off"):
        known[unit, year].append(cut_off)

    def before(closing: Closing) -> date:
        earlier = [day for day in known[closing.unit_id, closing.year] if day < closing.cut_off]
        return max(earlier, default=date(closing.year - 1, 12, 31))

    return {place: (before(closing), closing.cut_off) for place, closing in enumerate(closings)}


def watches_of(controls: Iterable[int]) -> dict[int, list[Watch]]:
    """Return the watched rules that were chosen for each control; one query."""
    found: dict[int, list[Watch]] = defaultdict(list)
    chosen = ControlWatch.objects.filter(control__in=set(controls)).select_related("watch__register__unit")
    for row in chosen.order_by("control", "watch__register", "watch__rule"):
        found[row.control_id].append(row.watch)
    return found


def is_about(watch: Watch, follow_up: FollowUp) -> bool:
    """Return whether the rule watches a register of the follow-up's unit, below it or above it: not of one beside it."""
    register, unit = watch.register.unit.path, follow_up.unit.path
    return register.startswith(unit) or unit.startswith(register)


def read_periods(follow_ups: Sequence[FollowUp]) -> list[Watching | None]:
    """Return what the watched rules gave for each follow-up as it is now; None where no rule is chosen.

    One query where none is, else ten.
    """
    chosen = watches_of(one.control_id for one in follow_ups if one.pk)
    asked: dict[int, list[Watch]] = {}
    for place, follow_up in enumerate(follow_ups):
        if follow_up.pk and follow_up.control_id in chosen:
            asked[place] = [watch for watch in chosen[follow_up.control_id] if is_about(watch, follow_up)]
    if not any(asked.values()):
        return [None] * len(follow_ups)
    periods = periods_of(follow_ups)
    known = Known.read({watch.pk: watch for watches in asked.values() for watch in watches}, [periods[place] for place in asked])
    return [
        known.watching(asked[place], *periods[place]) if asked.get(place) else None for place, _follow_up in enumerate(follow_ups)
    ]


@dataclass(frozen=True, slots=True)
class Sight:
    """A register as it was on a day: by a snapshot that tells of it, or by what found its latest one to hold still."""

    snapshot: int
    register: int
    day: date
    rows: int
    tells_of: date
    """The day that the snapshot tells of: an earlier one where it was found to hold still."""
    holds: Period | None = None
    """The days that it holds, where the register comes in parts."""

    @property
    def is_unchanged(self) -> bool:
        return self.day > self.tells_of


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of the watched rules: when registers were seen, what was run on them, and the history of the alerts."""

    registers: dict[int, str]
    sights: list[Sight]
    tried: dict[int, dict[int, date]]
    """By watched rule: the snapshots that it was run on, each with the last day it was."""
    rows: dict[int, dict[int, list[Written]]]
    """By watched rule, by alert: its history."""
    switches: dict[int, list[tuple[date, bool]]]
    """By watched rule: the days when it was switched on (True) or off."""
    inquiries: dict[int, list[tuple[date, str]]]
    """By alert: the days when questions were put about it, each with what came of it."""

    @classmethod
    def read(cls, watches: Mapping[int, Watch], periods: Sequence[tuple[date, date]]) -> Self:
        """Read it for the periods, in eight queries."""
        first, last = min(since for since, _until in periods), max(until for _since, until in periods)
        begins = timezone.make_aware(datetime.combine(first, time()), timezone.get_default_timezone())
        used = {pk for watch in watches.values() for pk in watch.sources.values()}
        registers = dict(Register.objects.filter(pk__in=used).values_list("pk", "name"))
        tried: dict[int, dict[int, date]] = defaultdict(dict)
        again = repeated((watch.register_id for watch in watches.values()), begins)
        told = WatchOutcome.objects.filter(watch__in=watches, result=WatchOutcome.Result.TOLD)
        told = told.filter(Q(run__finished_at__gte=begins) | Q(pk__in=again)).order_by("run__finished_at")
        for pk, watch, read, moment in told.values_list("pk", "watch", "snapshots", "run__finished_at"):
            # The query asks for finished runs only.
            tried_on = clock.municipal(max([cast(datetime, moment), *again.get(pk, ())])).date()
            tried[watch] |= {one: max(tried_on, tried[watch].get(one, tried_on)) for one in read.values()}
        return cls(
            registers, _sights(used, first, last), tried, _histories(watches, begins), read_switches(watches), _inquiries(watches)
        )

    def watching(self, watches: Sequence[Watch], since: date, until: date) -> Watching:
        """Return what the rules gave in the period."""
        here = [one for one in self.sights if since < one.day <= until]
        rules: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for watch in watches:
            for why in self._why_not(watch, here):
                rules[why].add(watch.rule)
        read = {one for watch in watches for one in here if one.register == watch.register_id and self._was_tried(watch, one)}
        latest: dict[int, Sight] = {}
        for one in sorted(read, key=lambda one: (one.tells_of, one.rows)):
            latest[one.register] = one
        watched: dict[str, int] = defaultdict(int)
        for register, kind in {watch.register_id: watch.register.kind for watch in watches}.items():
            if register in latest:
                watched[kind] += _rows_of([one for one in read if one.register == register], latest[register])
        alerts, stood = [], 0
        for watch in watches:
            for alert, rows in self.rows[watch.pk].items():
                episode = latest_of(rows, since, until)
                if episode is not None:
                    alerts.append((alert, episode.state))
                    stood += episode.day <= since
        return Watching(
            since,
            until,
            len(watches),
            tuple(
                Unwatched(reason, tuple(sorted(codes)), register, day) for (reason, register, day), codes in sorted(rules.items())
            ),
            tuple(sorted(day.isoformat() for day in {one.snapshot: one.tells_of for one in read}.values())),
            dict(sorted(watched.items())),
            dict(Counter(state for _alert, state in alerts)),
            stood,
            tuple(sorted(alerts)),
            tuple(sorted({one.day.isoformat() for one in read if one.is_unchanged})),
            self._switched(watches, since, until),
            self._asked(alerts, since, until),
        )

    def _was_tried(self, watch: Watch, one: Sight) -> bool:
        """Return whether the rule was run on it: where the register was unchanged, on that day or later."""
        last = self.tried[watch.pk].get(one.snapshot)
        return last is not None and (last >= one.day or not one.is_unchanged)

    def _why_not(self, watch: Watch, here: Sequence[Sight]) -> list[tuple[str, str, str]]:
        """Return why the rule was not watched in the period, as (reason, register, day): nothing when it was."""
        asked = {watch.register_id, *watch.sources.values()}
        missing = asked - {one.register for one in here}
        if missing:
            names = sorted(self.registers.get(pk, "") or watch.register.name for pk in missing)
            return [(NO_SNAPSHOT, name, "") for name in names]
        tried: dict[int, date] = {}
        latest: dict[int, date] = {}
        for one in here:
            latest[one.register] = max(latest.get(one.register, one.day), one.day)
            if self._was_tried(watch, one):
                tried[one.register] = max(tried.get(one.register, one.day), one.day)
        if watch.register_id not in tried:
            return [(NOT_RUN, "", "")]
        if any(tried.get(pk, date.min) < latest[pk] for pk in asked):
            return [(STOPPED, "", tried[watch.register_id].isoformat())]
        return []

    def _asked(self, alerts: Iterable[tuple[int, str]], since: date, until: date) -> dict[str, int]:
        asked = [one for alert, _state in alerts for one in self.inquiries.get(alert, ())]
        return dict(sorted(Counter(outcome for day, outcome in asked if since < day <= until).items()))

    def _switched(self, watches: Sequence[Watch], since: date, until: date) -> tuple[Switched, ...]:
        found: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for watch in watches:
            for day, is_on in self.switches.get(watch.pk, []):
                if since < day <= until:
                    found[day.isoformat(), is_on].append(watch.rule)
        return tuple(Switched(day, is_on, tuple(sorted(codes))) for (day, is_on), codes in sorted(found.items()))


def _rows_of(read: Iterable[Sight], latest: Sight) -> int:
    """Return the rows of the latest snapshot; of parts those of each that no later one has replaced."""
    parts = {one.snapshot: (one.holds, one.rows) for one in read if one.holds is not None}
    if latest.holds is None or not parts:
        return latest.rows
    ordered = [parts[pk] for pk in sorted(parts)]
    return sum(ordered[at][1] for at in standing([holds for holds, _rows in ordered if holds is not None]))


def _sights(registers: Collection[int], first: date, last: date) -> list[Sight]:
    """Return when the registers were seen after the first day, until the last; two queries."""
    there = RegisterSnapshot.objects.exclude(state=RegisterSnapshot.State.DRAFT).filter(register__in=registers)
    of_each = ("pk", "register", "row_count", "as_of", "register__months_together", "first_day", "last_day")
    came = there.filter(as_of__gt=first, as_of__lte=last).order_by().values_list("as_of", *of_each)
    found = SnapshotConfirmation.objects.filter(snapshot__register__in=registers, unchanged_on__gt=first, unchanged_on__lte=last)
    still = found.order_by().values_list("unchanged_on", *(f"snapshot__{name}" for name in of_each))
    return [
        Sight(pk, register, on, rows or 0, day, Period(begins, ends) if months and begins and ends else None)
        for on, pk, register, rows, day, months, begins, ends in (*came, *still)
    ]


def _histories(watches: Mapping[int, Watch], begins: datetime) -> dict[int, dict[int, list[Written]]]:
    """Return the history of each alert that may belong to a period that begins then; one query."""
    history = Alert.history.filter(watch__in=watches)
    stirred = history.filter(history_date__gte=begins).order_by().values("id")
    unsettled = Alert.objects.filter(watch__in=watches, state__in=UNSETTLED).order_by().values("pk")
    found: dict[int, dict[int, list[Written]]] = defaultdict(lambda: defaultdict(list))
    rows = history.filter(Q(id__in=stirred) | Q(id__in=unsettled)).order_by("id", "history_id")
    for pk, watch, state, returned, day, moment in rows.values_list(
        "id", "watch", "state", "times_returned", "snapshot__as_of", "history_date"
    ):
        on = clock.municipal(moment).date()
        found[watch][pk].append(Written(state, returned, day or on, on))
    return found


def _inquiries(watches: Mapping[int, Watch]) -> dict[int, list[tuple[date, str]]]:
    """Return the days and outcomes of the questions that were put about each alert; one query."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = Inquiry.objects.filter(alert__watch__in=watches).order_by("alert", "pk")
    for alert, day, outcome in rows.values_list("alert", "asked_on", "outcome"):
        if alert is not None:
            found[alert].append((day, outcome))
    return found
