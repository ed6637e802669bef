"""The year on one page: by unit and month, the work done, late, missed, open and still to come, and the closings' dates.

Counted by the database; the work still to come is computed from the schedules, once for each distinct rhythm. A check
stands in the month of its day by the schedule, a follow-up in that of its closing's cut-off. Today is an argument.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from controls.models import Check, Closing, Control, FollowUp, Frequency
from controls.models.control_unit import units_by_control
from controls.scheduling.occasions import occasions_of
from riskreg.access.sight import units_around, units_seen_by
from riskreg.models import ControlPlan, Unit, User
from riskreg.plans.coverage import Coverage, MissingPlan, months_in_words

DONE, LATE, MISSED, OPEN, COMING = "done", "late", "missed", "open", "coming"
STATES = (DONE, OPEN, COMING, LATE, MISSED)
"""In the order in which they are shown: what is well first, then what is ahead, then what is not well."""
SYMBOLS = {DONE: "✓", OPEN: "○", COMING: "·", LATE: "!", MISSED: "✕"}
TONES = {DONE: "low", OPEN: "ongoing", COMING: "none", LATE: "high", MISSED: "critical"}
WORDS = {DONE: _("done"), OPEN: _("open"), COMING: _("to come"), LATE: _("late"), MISSED: _("missed")}


@dataclass(frozen=True, slots=True)
class Part:
    state: str
    count: int

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.state]

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def word(self) -> str:
        return str(WORDS[self.state])


def parts(counts: Counter[str]) -> list[Part]:
    """Return the counted states that occur, in the order of STATES."""
    return [Part(state, counts[state]) for state in STATES if counts[state]]


@dataclass(slots=True)
class UnitRow:
    unit: Unit
    months: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    uncovered: list[int] = field(default_factory=list)
    """Months that no plan covered; known of committees."""

    @property
    def cells(self) -> list[tuple[date, list[Part], bool]]:
        """The months' days, their parts, and whether there are none because no plan covered the month."""
        found = [(month, parts(self.months[month])) for month in range(1, 13)]
        return [(date(2000, month, 1), shown, not shown and month in self.uncovered) for month, shown in found]

    @property
    def uncovered_in_words(self) -> str:
        return months_in_words(2000, self.uncovered)

    @property
    def total(self) -> list[Part]:
        return parts(sum(self.months.values(), Counter()))


@dataclass(frozen=True, slots=True)
class Milestone:
    """One of a closing's dates."""

    day: date
    closing: Closing
    kind: str
    label: str
    is_past: bool


@dataclass(slots=True)
class Year:
    year: int
    today: date
    rows: list[UnitRow]
    closings: list[Closing]
    missing: list[MissingPlan] = field(default_factory=list)
    """The committees whose plan of the year is not adopted."""

    @property
    def months(self) -> list[tuple[date, list[Part]]]:
        """The counts of each month, all units together."""
        summed = {month: sum((row.months[month] for row in self.rows), Counter()) for month in range(1, 13)}
        return [(date(self.year, month, 1), parts(summed[month])) for month in summed]

    @property
    def totals(self) -> dict[str, int]:
        summed: Counter[str] = sum((count for row in self.rows for count in row.months.values()), Counter())
        return {state: summed[state] for state in STATES}

    @property
    def uncovered(self) -> list[UnitRow]:
        """The committees with months that no plan covered."""
        return [row for row in self.rows if row.uncovered]

    @property
    def total(self) -> int:
        return sum(self.totals.values())

    @property
    def milestones(self) -> list[Milestone]:
        """Every date of the year's closings in order; those of the year-end lie in the next year."""
        named = (
            ("cut_off", _("Cut-off")),
            ("follow_up_due", _("Follow-ups due")),
            ("approval_due", _("Approvals due")),
            ("report_due", _("Report due")),
        )
        found = [
            Milestone(getattr(closing, name), closing, name, str(label), getattr(closing, name) < self.today)
            for closing in self.closings
            for name, label in named
        ]
        return sorted(found, key=lambda one: (one.day, one.closing.cut_off))


def year_of(user: User, year: int, today: date, unit: Unit | None = None) -> Year:
    """Return the user's year, for the unit and all below it when one is given."""
    below = Q(unit__path__startswith=unit.path) if unit is not None else Q()
    # Of a plan that runs on, a check may lie in the year after the plan's: it stands where its day is.
    checks = Check.objects.all_visible_to(user).filter(below, nominal_on__year=year)
    follow_ups = FollowUp.objects.all_visible_to(user).filter(below, closing__year=year)
    rows: dict[int, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for unit_id, day, state, count in (
        *_count(checks, _check_state(today), "nominal_on"),
        *_count(follow_ups, _follow_up_state(today), "closing__cut_off"),
    ):
        rows[unit_id][day.month][state] += count
    for unit_id, month, count in _coming(user, year, today, checks):
        rows[unit_id][month][COMING] += count
    of_units = units_seen_by(user, "unit") & (Q(unit__path__startswith=unit.path) if unit else Q())
    coverage = Coverage(today, [year], of_units)
    uncovered = coverage.uncovered(year)
    shown = {*rows, *(unit_id for unit_id, months in uncovered.items() if months)}
    units = Unit.objects.filter(pk__in=shown).filter(Q(path__startswith=unit.path) if unit else Q()).order_by("path")
    closings = Closing.objects.visible_to(user).filter(year=year).order_by("cut_off")
    if unit is not None:
        closings = closings.filter(unit__path=unit.root_path)
    in_rows = [UnitRow(one, rows[one.pk], uncovered.get(one.pk, [])) for one in units]
    return Year(year, today, in_rows, list(closings), coverage.missing())


def _check_state(today: date) -> Case:
    return Case(
        When(state=Check.State.DONE, then=Value(DONE)),
        When(state=Check.State.MISSED, then=Value(MISSED)),
        When(due_on__lt=today, then=Value(LATE)),
        default=Value(OPEN),
        output_field=CharField(),
    )


def _follow_up_state(today: date) -> Case:
    return Case(
        When(~Q(state__in=FollowUp.OPEN_STATES), then=Value(DONE)),
        When(due_on__lt=today, then=Value(LATE)),
        default=Value(OPEN),
        output_field=CharField(),
    )


def _count(found: QuerySet[Check] | QuerySet[FollowUp], state: Case, day: str) -> Iterable[tuple[int, date, str, int]]:
    """Count by unit, day and state. The days are few, their months are left to us: SQLite would call Python for every row."""
    counted = found.order_by().annotate(stands=state)
    return counted.values("unit_id", day, "stands").annotate(number=Count("pk")).values_list("unit_id", day, "stands", "number")


def _coming(user: User, year: int, today: date, checks: QuerySet[Check]) -> Iterator[tuple[int, int, int]]:
    """Yield (unit, month, count) of the adopted plans' occasions beyond those opened, and of last year's that run on."""
    controls = (
        Control.objects.visible_to(user)
        .current()
        .filter(risk__plan__in=_with_occasions_in(year).values("pk"))
        .exclude(frequency=Frequency.AT_CLOSING)
        .select_related("schedule", "risk__plan")
        .prefetch_related("schedule_exceptions")
    )
    begins = max(today, date(year, 1, 1))
    if begins.year > year:
        return
    known: dict[tuple[object, ...], frozenset[date]] = {}
    opened: dict[tuple[int, int], set[date]] = defaultdict(set)
    ahead = checks.filter(nominal_on__gte=begins).order_by()
    for control_id, unit_id, day in ahead.values_list("control_id", "unit_id", "nominal_on"):
        opened[control_id, unit_id].add(day)
    by_month: dict[tuple[object, ...], Counter[int]] = {}
    wide: dict[int, dict[int, list[int]]] = {}
    reached = _reached_units(user)
    for control in controls:
        exceptions = tuple((one.nominal_on, one.due_on) for one in control.schedule_exceptions.all())
        schedule = getattr(control, "schedule", None)
        stored = (schedule.anchor_on, schedule.day_rule, tuple(schedule.given_dates), schedule.in_force_from) if schedule else ()
        told = control.risk.plan.runs_on_from if control.risk.plan.year < year else None
        first = max(begins, told) if told is not None else begins
        key = (control.frequency, stored, exceptions, first)
        if key not in known:
            known[key] = frozenset(one.nominal for one in occasions_of(control, year, first))
            by_month[key] = Counter(day.month for day in known[key])
        units = [control.risk.unit_id]
        if control.risk.is_municipality_wide:
            plan_id = control.risk.plan_id
            if plan_id not in wide:
                wide[plan_id] = units_by_control(ControlPlan.objects.select_related("unit").get(pk=plan_id))
            units = [one for one in wide[plan_id].get(control.pk, units) if reached is None or one in reached]
        for unit_id in units:
            there = Counter(day.month for day in opened[control.pk, unit_id] & known[key])
            for month, count in (by_month[key] - there).items():
                yield unit_id, month, count


def _with_occasions_in(year: int) -> QuerySet[ControlPlan]:
    """Return the adopted plans whose controls are performed in the year: its own, and those of the year before that run on.

    They run on where they were told to, and no plan of the year is adopted yet. The plans are few: their controls are then
    found by their risks, and those of all other years are not read.
    """
    following = ControlPlan.objects.filter(unit=OuterRef("unit"), year=year, adopted_on__isnull=False)
    told = Q(year=year - 1, runs_on_from__isnull=False, runs_on_until__isnull=True)
    return ControlPlan.objects.filter(Q(year=year) | told & Q(~Exists(following)), state=ControlPlan.State.ADOPTED).order_by()


def _reached_units(user: User) -> set[int] | None:
    """Return the units whose part of a municipality-wide control the user sees; None: every unit's."""
    around = units_around(user)
    return None if around is None else set(around.values_list("pk", flat=True))
