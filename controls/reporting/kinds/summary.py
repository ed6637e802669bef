"""The board's summary: all committees of a municipality at a closing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from controls.follow_ups.several_units import Summed, UnitsReport, sum_reports
from controls.models import Closing, Conclusion, Control, FollowUp
from controls.models.control_unit import possible_units
from controls.reporting.kinds import pictures
from controls.reporting.kinds.kind import ReportKind, Subject
from controls.reporting.kinds.words import day_in_words, drawn_up_line, make_paper, title_cell, with_scales
from controls.reporting.paper import Block, Cell, Column, Kind, Paper, Part, Table, text_cell
from controls.reporting.reading import demands_control, shown_in
from controls.reporting.rows import LeftOut
from riskreg.access.sight import risks_seen_by
from riskreg.charts import Bar
from riskreg.heatmap.cells import Tally
from riskreg.models import ControlPlan, Risk, RiskMatrix, Unit, User
from riskreg.plans.coverage import Coverage


class Alike(NamedTuple):
    """The number of a plan's risks that have the same values in the summary."""

    plan: int
    likelihood: int | None
    impact: int | None
    score: int | None
    matrix: int
    is_confidential: bool
    section: str
    is_seen: bool
    is_followed: bool
    number: int


def draw_up(user: User, subject: Subject, today: date, public: bool) -> Paper:
    """Draw up the board's summary. Eight queries, whatever the number of committees and risks."""
    closing = subject.closing
    assert closing is not None
    root = subject.unit.path
    plans = list(
        ControlPlan.objects.visible_to(user)
        .filter(year=closing.year, unit__path__startswith=root)
        .select_related("unit", "matrix")
        .order_by("unit__name_sort")
    )
    matrices = {plan.matrix_id: plan.matrix for plan in plans}
    with_scales(*matrices.values())
    counts = _counts(user, root, closing.year, matrices, public=public)
    risks = [one for one in counts if one.is_seen]
    follow_ups = (
        FollowUp.objects.visible_to(user)
        .filter(shown_in("control__risk", public=public), closing=closing)
        .filter(control__is_dropped=False, control__risk__is_dropped=False)
    )
    told = _count_follow_ups(follow_ups)
    committees = [unit for unit in possible_units(root) if unit.pk not in {plan.unit_id for plan in plans}]
    left_out = _left_out(counts)
    followed = {one.plan for one in risks if one.is_followed}
    late = [plan for plan in plans if _how_late(closing, told[plan.pk], today)]
    not_reported = [plan.unit.name for plan in plans if plan.pk in followed and not told[plan.pk]["handed_in"]]
    not_reported += [unit.name for unit in committees]
    parts: list[Part] = [
        _committees(plans, matrices, committees, risks, told, closing, today),
        _wide_table(_wide(follow_ups)),
        *_charts(plans, matrices, risks, told, closing),
    ]
    return make_paper(
        "summary",
        today,
        parts,
        organisation=subject.unit.name,
        unit=subject.unit.name,
        heading=_("Summary of internal control"),
        subtitle=_("All committees, %(closing)s") % {"closing": closing.within},
        facts=(
            _("As of %(cut_off)s.") % {"cut_off": formats.date_format(closing.cut_off)} + " " + drawn_up_line(today),
            _("%(plans)d plans, %(risks)d risks, %(late)d late.")
            % {"plans": len(plans), "risks": sum(one.number for one in risks), "late": len(late)},
        ),
        notes=[
            *([_("Have not reported: %(units)s.") % {"units": ", ".join(not_reported)}] if not_reported else []),
            *_uncovered(closing, root),
        ],
        missing=[_("Committees that have not reported (%(count)d)") % {"count": len(not_reported)}] if not_reported else (),
        sections=sorted({one.section for one in risks if one.is_confidential}),
        says_sections=False,
        left_out=left_out,
        matrix=", ".join(dict.fromkeys(map(str, matrices.values()))),
    )


def _uncovered(closing: Closing, root: str) -> list[str]:
    """Return a note with the committees that no plan covered in some months up to the cut-off, and which."""
    units = Coverage(closing.cut_off, [closing.year], Q(unit__path__startswith=root)).uncovered_in_words(closing.year)
    return [_("Not covered by any plan: %(months)s.") % {"months": units}] if units else []


def _counts(user: User, root: str, year: int, matrices: dict[int, RiskMatrix], *, public: bool) -> list[Alike]:
    """Count the year's risks of all plans below the root, seen by the reader or not; in the database, in one query.

    What the band of a risk demands is asked of the matrices, once for each score, not of the database for each risk.
    """
    seen = risks_seen_by(user)
    if public:
        seen &= Q(is_confidential=False)
    rows = (
        Risk.objects.current()
        .filter(plan__year=year, plan__unit__path__startswith=root)
        .annotate(
            seen=Case(When(seen, then=Value(value=True)), default=Value(value=False)) if seen else Value(value=True),
            has_control=Exists(Control.objects.filter(risk=OuterRef("pk"), is_dropped=False)),
        )
        .order_by()
        .values_list(
            "plan",
            "likelihood",
            "impact",
            "risk_score",
            "plan__matrix",
            "is_confidential",
            "confidentiality_section",
            "seen",
            "has_control",
        )
        .annotate(number=Count("pk"))
    )
    found = [Alike(*row) for row in rows]
    return [one._replace(is_followed=one.is_followed or demands_control(matrices[one.matrix], one.score)) for one in found]


def _left_out(counts: list[Alike]) -> tuple[LeftOut, ...]:
    found: Counter[str] = Counter()
    for one in counts:
        if one.is_followed and not one.is_seen:
            found[one.section] += one.number
    return tuple(LeftOut(section, found[section]) for section in sorted(found))


def _count_follow_ups(follow_ups: QuerySet[FollowUp]) -> dict[int, Counter[str]]:
    """Return by plan the follow-ups by conclusion (of those submitted), and how many there are, submitted, approved."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = follow_ups.order_by().values_list("control__risk__plan", "state", "conclusion").annotate(number=Count("pk"))
    for plan, state, conclusion, number in rows:
        count = found[plan]
        count["all"] += number
        if state in {FollowUp.State.SUBMITTED, FollowUp.State.APPROVED}:
            count["handed_in"] += number
            count[f"c-{conclusion}"] += number
        if state == FollowUp.State.APPROVED:
            count["approved"] += number
    return found


def _how_late(closing: Closing, count: Counter[str], today: date) -> str:
    """Return which of the closing's days has passed with something still missing; empty when nothing is late."""
    if not count["all"]:
        return ""
    if today > closing.report_due and count["approved"] < count["all"]:
        return _("The report was due on %(date)s") % {"date": day_in_words(closing.report_due)}
    if today > closing.approval_due and count["approved"] < count["all"]:
        return _("Approvals were due on %(date)s") % {"date": day_in_words(closing.approval_due)}
    if today > closing.follow_up_due and count["handed_in"] < count["all"]:
        return _("Follow-ups were due on %(date)s") % {"date": day_in_words(closing.follow_up_due)}
    return ""


def _committees(
    plans: list[ControlPlan],
    matrices: dict[int, RiskMatrix],
    without: list[Unit],
    risks: list[Alike],
    told: dict[int, Counter[str]],
    closing: Closing,
    today: date,
) -> Table:
    rows = []
    for plan in plans:
        matrix, count = matrices[plan.matrix_id], told[plan.pk]
        mine = [one for one in risks if one.plan == plan.pk]
        number = sum(one.number for one in mine)
        bands: Counter[str] = Counter()
        for one in mine:
            band = matrix.band_of(one.score)
            bands[band.name if band else ""] += one.number
        shown = [
            Block(Kind.SIGN, f"{band.name} {bands[band.name]}", band.symbol, band.tone)
            for band in reversed(matrix.ordered_bands)
            if bands[band.name]
        ]
        reached = [
            Block(Kind.SIGN, f"{one.label} {count[f'c-{one.value}']}", one.symbol, one.tone)
            for one in Conclusion
            if count[f"c-{one.value}"]
        ]
        state = text_cell("")
        if not count["all"] and not any(one.is_followed for one in mine):
            state = text_cell(_("Nothing to follow up"))
        elif not count["handed_in"]:
            state = Cell((Block(Kind.MISSING, _("Has not reported"), "□", "high"),))
        late = _how_late(closing, count, today)
        if late:
            state = Cell((*state.blocks, Block(Kind.SIGN, _("Late"), "!", "critical"), Block(Kind.SMALL, late)))
        elif count["approved"] == count["all"] and count["all"]:
            state = Cell((Block(Kind.SIGN, _("Everything approved"), "✓", "low"),))
        elif not state.blocks:
            state = Cell((Block(Kind.SIGN, _("On its way"), "◷", "ongoing"),))
        rows.append(
            (
                title_cell(plan.unit.name, str(plan.get_state_display())),
                _count(number),
                Cell(tuple(shown)),
                _count(count["all"]),
                _count(count["handed_in"]),
                _count(count["approved"]),
                Cell(tuple(reached)),
                state,
            )
        )
    for unit in without:
        lacks = Cell((Block(Kind.MISSING, _("Has no plan"), "□", "high"),))
        rows.append((title_cell(unit.name), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), lacks))
    return Table(
        "committees",
        _("The committees"),
        (
            Column("committee", _("Committee"), 24),
            Column("risks", _("Risks"), 8, "number"),
            Column("bands", _("Risk bands"), 18),
            Column("follow_ups", _("Follow-ups"), 10, "number"),
            Column("handed_in", _("Handed in"), 10, "number"),
            Column("approved", pgettext("several", "Approved"), 11, "number"),
            Column("conclusions", _("Conclusions"), 24),
            Column("state", _("State"), 22),
        ),
        tuple(rows),
        keys=tuple([f"plan/{plan.pk}" for plan in plans] + [f"unit/{unit.pk}" for unit in without]),
        description=_("One row for each committee: its risks by band, how far its follow-ups have come, what they concluded."),
        nothing=_("No committee has a plan for the year."),
    )


def _count(number: int) -> Cell:
    return Cell((Block(Kind.TEXT, str(number)),), number)


def _wide(follow_ups: QuerySet[FollowUp]) -> list[tuple[str, str, str, Summed]]:
    """Return each municipality-wide control: its risk, reference, words, and the sum of its units' follow-ups."""
    rows = (
        follow_ups.filter(control__risk__is_municipality_wide=True)
        .select_related("unit", "control__risk__plan")
        .order_by("control__risk__number", "control__position", "control", "unit__name_sort")
    )
    found: dict[int, list[FollowUp]] = defaultdict(list)
    for row in rows:
        found[row.control_id].append(row)
    return [
        (
            several[0].control.risk.title,
            several[0].control.risk.reference,
            several[0].control.description,
            sum_reports(UnitsReport(one.unit.name, one.state, one.conclusion) for one in several),
        )
        for several in found.values()
    ]


def _wide_table(wide: list[tuple[str, str, str, Summed]]) -> Table:
    rows = []
    for title, reference, control, units in wide:
        worst = units.worst
        said = (Block(Kind.SIGN, str(worst.label), worst.symbol, worst.tone),) if worst else ()
        counted = (Block(Kind.SMALL, units.counted),) if worst else ()
        waits = (Block(Kind.MISSING, units.waiting_for, "□", "high"),) if units.waiting_for else ()
        rows.append(
            (
                title_cell(title, reference),
                text_cell(control),
                Cell((*said, *counted), None, 1, worst.tone if worst else ""),
                Cell((Block(Kind.TEXT, units.how_far), *waits)),
            )
        )
    return Table(
        "municipality_wide",
        _("Municipality-wide risks"),
        (
            Column("risk", _("Identified risk"), 25),
            Column("control", _("Control"), 35),
            Column("conclusion", _("Gravest conclusion"), 25),
            Column("reported", _("Reported"), 35),
        ),
        tuple(rows),
        description=_("One row for each municipality-wide control: what the committees and companies have concluded."),
        nothing=_("No risk of the year is municipality-wide."),
    )


def _charts(
    plans: list[ControlPlan], matrices: dict[int, RiskMatrix], risks: list[Alike], told: dict[int, Counter[str]], closing: Closing
) -> list[Part]:
    if not plans:
        return []
    bars = [
        Bar(
            plan.unit.name,
            [*(told[plan.pk][f"c-{one.value}"] for one in Conclusion), told[plan.pk]["all"] - told[plan.pk]["handed_in"]],
        )
        for plan in plans
    ]
    tallies = [Tally(one.likelihood, one.impact, one.score, one.matrix, one.number) for one in risks]
    about = _("All committees, %(closing)s") % {"closing": closing.within}
    return [
        pictures.conclusions(bars, what=_("Committee"), heading=_("Conclusions by committee")),
        pictures.heatmap_of(matrices[plans[0].matrix_id], tallies, about),
    ]


KIND = ReportKind(
    "summary",
    "sammanstallning",
    gettext_lazy("The board's summary"),
    gettext_lazy("All committees: bands, conclusions, lateness, municipality-wide risks, and who has not reported."),
    draw_up,
    of_municipality=True,
)
