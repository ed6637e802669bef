"""Deviations and actions: the findings of a closing, the actions taken, and those still open from before."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Action, Conclusion, FollowUp
from controls.reporting.kinds import pictures
from controls.reporting.kinds.kind import ReportKind, Subject
from controls.reporting.kinds.words import (
    confidential_line,
    day_cell,
    drawn_up_line,
    make_paper,
    number_cell,
    sections_of,
    sign_cell,
    title_cell,
    without_empty_columns,
)
from controls.reporting.paper import Block, Cell, Chart, Column, Kind, Paper, Part, Table, text_cell
from controls.reporting.reading import adopted_words, left_out_of_year, not_shown, shown_in
from controls.reporting.rows import Sign
from riskreg.charts import Bar
from riskreg.models import User

DEVIATIONS = [one for one in Conclusion if one.is_deviation]


def draw_up(user: User, subject: Subject, today: date, public: bool) -> Paper:
    """Draw up deviations and actions of a plan, or of all committees of the municipality, one after the other.

    An action is late, or open, as of `today`. Five queries, whatever the number of rows.
    """
    plan, closing = subject.plan, subject.closing
    assert closing is not None
    root = subject.unit.path
    its_risks = Q(control__risk__plan=plan) if plan else Q(control__risk__plan__unit__path__startswith=root)
    by_committee = () if plan else ("control__risk__plan__unit__name_sort",)
    found = list(
        FollowUp.objects.visible_to(user)
        .filter(its_risks, shown_in("control__risk", public=public), closing=closing, conclusion__gt="")
        .filter(control__is_dropped=False, control__risk__is_dropped=False)
        .select_related("unit", "control__risk__plan__unit")
        .prefetch_related(Prefetch("actions", Action.objects.select_related("responsible").order_by("pk")))
        .order_by(
            *by_committee,
            F("control__risk__risk_score").desc(nulls_last=True),
            "control__risk__number",
            "control__position",
            "unit__name_sort",
        )
    )
    deviating = [one for one in found if one.conclusion in DEVIATIONS]
    its_unit = {"unit": plan.unit} if plan else {"unit__path__startswith": root}
    earlier = list(
        Action.objects.visible_to(user)
        .open()
        .filter(
            shown_in("follow_up__control__risk", public=public),
            follow_up__closing__cut_off__lt=closing.cut_off,
            carried_to__isnull=True,
            **{f"follow_up__control__risk__plan__{field}": value for field, value in its_unit.items()},
        )
        .select_related("responsible", "follow_up__closing", "follow_up__control__risk__plan__unit")
        .order_by(*(f"follow_up__{field}" for field in by_committee), "due_on", "pk")
    )
    left_out = not_shown(user, plan, public=public)[0] if plan else left_out_of_year(user, root, closing.year, public=public)
    lacking = sum(not one.actions.all() for one in deviating)
    every = [action for one in found for action in one.actions.all()] + earlier
    late = sum(action.is_late(today) for action in every)
    parts: list[Part] = [_deviations(deviating, today, of_all=plan is None), _earlier(earlier, today, of_all=plan is None)]
    if found:
        parts.append(_conclusions(found))
    about = _("%(unit)s, %(closing)s") if plan else _("All committees, %(closing)s")
    return make_paper(
        "deviations" if plan else "all_deviations",
        today,
        parts,
        organisation=closing.unit.name,
        unit=subject.unit.name,
        heading=_("Deviations and actions"),
        subtitle=about % {"unit": subject.unit.name, "closing": closing.within},
        facts=(drawn_up_line(today), adopted_words(plan)) if plan else (drawn_up_line(today),),
        notes=[_("Actions past their day: %(count)d.") % {"count": late}] if late else (),
        missing=[_("Missing: action (%(count)d)") % {"count": lacking}] if lacking else (),
        sections=sections_of([one.control.risk for one in deviating] + [one.follow_up.control.risk for one in earlier]),
        left_out=left_out,
        plan=plan,
    )


def _conclusions(found: list[FollowUp]) -> Chart:
    """Draw one bar for each committee whose plan the deviations belong to."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        counts[one.control.risk.plan.unit.name][one.conclusion] += 1
    bars = [Bar(name, [*(count[one.value] for one in Conclusion), 0]) for name, count in counts.items()]
    return pictures.conclusions(bars, what=_("Committee"))


def _committee(*, of_all: bool) -> tuple[Column, ...]:
    return (Column("committee", _("Committee"), 14),) if of_all else ()


def _deviations(deviating: list[FollowUp], today: date, *, of_all: bool) -> Table:
    rows: list[tuple[Cell, ...]] = []
    keys = []
    for one in deviating:
        actions: list[Action | None] = [*one.actions.all()] or [None]
        for index, action in enumerate(actions):
            reach = len(actions) if index == 0 else 0
            rows.append((*_finding(one, reach, of_all=of_all), *_action(action, today)))
            keys.append(f"{one.pk}/{action.pk if action else ''}")
    return without_empty_columns(
        Table(
            "deviations",
            _("Deviations at the closing"),
            (
                Column("risk", _("Identified risk"), 20),
                *_committee(of_all=of_all),
                Column("score", _("Risk score"), 8, "number"),
                Column("result", _("Result"), 30),
                Column("conclusion", _("Conclusion"), 15),
                *_action_columns(),
            ),
            tuple(rows),
            keys=tuple(keys),
            description=_("One row for each action: the risk, what was found, what is done about it, by whom and by when."),
            nothing=_("No deviation was reported."),
        ),
        "effect",
    )


def _action_columns() -> tuple[Column, ...]:
    return (
        Column("action", _("Action"), 28),
        Column("responsible", _("Responsible"), 14),
        Column("due", _("Due"), 12, "date"),
        Column("state", _("State of the action"), 13),
        Column("effect", _("Effect"), 14),
    )


def _finding(one: FollowUp, reach: int, *, of_all: bool) -> tuple[Cell, ...]:
    risk = one.control.risk
    unit = one.unit.name if one.unit_id != risk.unit_id else ""
    concluded = one.concluded
    said = sign_cell(Sign.of(concluded) if concluded else None)
    reason = (Block(Kind.SMALL, one.conclusion_reason),) if one.conclusion_reason else ()
    committee = (Cell((Block(Kind.TEXT, risk.plan.unit.name),), None, reach),) if of_all else ()
    return (
        Cell(title_cell(risk.title, risk.reference, unit, confidential_line(risk)).blocks, None, reach),
        *committee,
        Cell(number_cell(risk.risk_score).blocks, risk.risk_score, reach),
        Cell((Block(Kind.TEXT, one.result),), None, reach),
        Cell((*said.blocks, *reason), None, reach, said.fill),
    )


def _action(action: Action | None, today: date) -> tuple[Cell, ...]:
    if action is None:
        return (Cell((Block(Kind.MISSING, _("Missing: action"), "□", "high"),)), Cell(), Cell(), Cell(), Cell())
    return (
        text_cell(action.description or str(action.get_kind_display())),
        text_cell(str(action.responsible or "")),
        day_cell(action.due_on),
        _state(action, today),
        text_cell(action.effect),
    )


def _state(action: Action, today: date) -> Cell:
    if action.kind != Action.Kind.MEASURE:
        return text_cell(str(action.get_kind_display()))
    if action.done_on is not None:
        return sign_cell(Sign("done", "✓", _("Done"), "low"))
    if action.is_late(today):
        return sign_cell(Sign("late", "!", _("Late"), "critical"))
    return sign_cell(Sign("open", "◷", _("Open"), "ongoing"))


def _earlier(actions: list[Action], today: date, *, of_all: bool) -> Table:
    rows = [
        (
            title_cell(one.follow_up.control.risk.title, one.follow_up.control.risk.reference),
            *((text_cell(one.follow_up.control.risk.plan.unit.name),) if of_all else ()),
            text_cell(str(one.follow_up.closing)),
            text_cell(one.description),
            text_cell(str(one.responsible or "")),
            day_cell(one.due_on),
            _state(one, today),
        )
        for one in actions
    ]
    return Table(
        "earlier",
        _("Open actions from earlier closings"),
        (
            Column("risk", _("Identified risk"), 25),
            *_committee(of_all=of_all),
            Column("closing", _("Decided at"), 16),
            Column("action", _("Action"), 40),
            Column("responsible", _("Responsible"), 16),
            Column("due", _("Due"), 12, "date"),
            Column("state", _("State of the action"), 13),
        ),
        tuple(rows),
        keys=tuple(str(one.pk) for one in actions),
        description=_("One row for each measure that was decided at an earlier closing and is not done."),
        nothing=_("No action from an earlier closing is open."),
    )


KIND = ReportKind(
    "deviations",
    "avvikelser",
    gettext_lazy("Deviations and actions"),
    gettext_lazy("Every deviation with its actions, who is responsible and by when; what is late, and what is open from before."),
    draw_up,
)

ALL = ReportKind(
    "all_deviations",
    "avvikelser-alla",
    gettext_lazy("Deviations and actions, all committees"),
    gettext_lazy("Every committee's deviations with their actions; what is late, and what is open from before."),
    draw_up,
    of_municipality=True,
)
