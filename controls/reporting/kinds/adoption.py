"""The plan for adoption (beslutsunderlag): what the committee decides on, with the decision it is asked to make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import F, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controls.models import Control
from controls.reporting.kinds import pictures
from controls.reporting.kinds.kind import ReportKind, Subject
from controls.reporting.kinds.own_tables import missing_cell, plan_columns
from controls.reporting.kinds.words import (
    confidential_line,
    drawn_up_line,
    make_paper,
    number_cell,
    sections_of,
    title_cell,
    with_scales,
)
from controls.reporting.paper import Block, Cell, Column, Kind, Paper, Part, Passage, Table, text_cell
from controls.reporting.reading import adopted_words, not_shown, seen_risks
from controls.reporting.rows import Missing
from riskreg.heatmap.cells import Tally
from riskreg.models import ControlPlan, Risk, Unit, User


def draw_up(user: User, subject: Subject, today: date, public: bool) -> Paper:
    """Draw up the plan for adoption. Seven queries, whatever the number of risks."""
    plan = subject.plan
    assert plan is not None
    matrix = plan.matrix
    with_scales(matrix)
    controls = Control.objects.filter(is_dropped=False).select_related("performer").order_by("position")
    risks = list(
        seen_risks(user, public=public)
        .current()
        .filter(plan=plan)
        .select_related("owner", "carried_from")
        .prefetch_related(Prefetch("controls", queryset=controls, to_attr="kept_controls"))
        .order_by(F("risk_score").desc(nulls_last=True), "number")
    )
    left_out, _not_listed = not_shown(user, plan, public=public)
    lacking = [risk for risk in risks if _demands(plan, risk) and not risk.kept_controls]
    unscored = [risk for risk in risks if risk.risk_score is None]
    missing = []
    if unscored:
        missing.append(_("Missing: risk score (%(count)d)") % {"count": len(unscored)})
    if lacking:
        missing.append(_("Missing: control (%(count)d)") % {"count": len(lacking)})
    charts: list[Part] = []
    if risks:
        tallies = Counter((risk.likelihood, risk.impact, risk.risk_score) for risk in risks)
        charts.append(pictures.heatmap_of(matrix, [Tally(*key, None, number) for key, number in tallies.items()], str(plan)))
        trend = pictures.trend(user, plan, public=public)
        charts += [trend] if trend else []
    return make_paper(
        "adoption",
        today,
        (_proposal(plan), _table(plan, risks), _bands(plan, risks), *charts),
        organisation=Unit.objects.get(path=plan.unit.root_path).name,
        unit=plan.unit.name,
        heading=_("Internal-control plan %(year)d") % {"year": plan.year},
        subtitle=_("Basis for decision, %(unit)s") % {"unit": plan.unit.name},
        facts=(drawn_up_line(today), adopted_words(plan)),
        missing=missing,
        sections=sections_of(risks),
        left_out=left_out,
        plan=plan,
    )


def _proposal(plan: ControlPlan) -> Passage:
    decided = _("%(unit)s adopts the internal-control plan for %(year)d.") % {"unit": plan.unit.name, "year": plan.year}
    law = _(
        "Each committee sees to it that internal control within its area is sufficient (Local Government Act 6:6). The plan "
        "says which risks are followed up during the year, how and by whom. Risks are scored by likelihood and impact: "
        "%(matrix)s."
    ) % {"matrix": plan.matrix}
    return Passage("proposal", _("Proposal for decision"), (Block(Kind.STRONG, decided), Block(Kind.TEXT, law)))


def _demands(plan: ControlPlan, risk: Risk) -> bool:
    band = plan.matrix.band_of(risk.risk_score)
    return band is not None and band.demand in {"control", "act"}


def _table(plan: ControlPlan, risks: Sequence[Risk]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    whole: list[tuple[Risk, Control | None, Sequence[Cell]]] = []
    keys = []
    for risk in risks:
        risk.plan = plan
        controls: list[Control | None] = [*risk.kept_controls] or [None]  # type: ignore[attr-defined]
        for index, control in enumerate(controls):
            reach = len(controls) if index == 0 else 0
            of_risk, of_control = _risk_cells(plan, risk, reach), _control_cells(plan, risk, control)
            rows.append((*of_risk, *of_control))
            whole.append(
                (risk, control, (_score_alone(of_risk[2]), of_risk[3], _missing(plan, risk, control, is_first=index == 0)))
            )
            keys.append(f"{risk.pk}/{control.pk if control else ''}")
    return Table(
        "risks",
        _("Risks and controls"),
        (
            Column("risk", _("Identified risk"), 20),
            Column("description", _("Risk description"), 26),
            Column("score", _("Risk score"), 12, "number"),
            Column("since", _("Since last year"), 13),
            Column("control", _("Control"), 30),
            Column("method", _("Method"), 12),
            Column("frequency", _("How often"), 11),
            Column("performer", _("Performed by"), 15),
        ),
        tuple(rows),
        keys=tuple(keys),
        description=_("One row for each control: the risk, its score, what changed since last year, and the control."),
        nothing=_("The plan holds no risks yet."),
        flat=plan_columns(whole),
    )


def _score_alone(cell: Cell) -> Cell:
    return Cell(tuple(block for block in cell.blocks if block.kind in {Kind.STRONG, Kind.SIGN}), cell.value)


def _missing(plan: ControlPlan, risk: Risk, control: Control | None, *, is_first: bool) -> Cell:
    lacks_control = control is None and _demands(plan, risk)
    parts = ((Missing.SCORE, is_first and risk.risk_score is None), (Missing.CONTROL, lacks_control))
    return missing_cell(part for part, lacks in parts if lacks)


def _risk_cells(plan: ControlPlan, risk: Risk, reach: int) -> tuple[Cell, ...]:
    named = title_cell(risk.title, f"{plan.year}-{risk.number:02d}", confidential_line(risk))
    band = plan.matrix.band_of(risk.risk_score)
    score = [Block(Kind.STRONG, str(risk.risk_score))] if risk.risk_score is not None else []
    if band is not None:
        score.append(Block(Kind.SIGN, band.name, band.symbol, band.tone))
    if risk.likelihood is not None:
        factors = {"likelihood": risk.likelihood, "impact": risk.impact}
        score.append(Block(Kind.SMALL, _("Likelihood %(likelihood)d × impact %(impact)d") % factors))
    if risk.risk_score is None:
        score.append(Block(Kind.MISSING, _("Missing: risk score"), "□", "high"))
    owner = (Block(Kind.SMALL, _("Owner: %(name)s") % {"name": risk.owner_name}),) if risk.owner_name else ()
    described = (Block(Kind.TEXT, risk.description),) if risk.description else ()
    return (
        Cell(named.blocks, None, reach),
        Cell((*described, *owner), None, reach),
        Cell(tuple(score), risk.risk_score, reach),
        Cell((Block(Kind.TEXT, _since(risk)),), None, reach),
    )


def _since(risk: Risk) -> str:
    before = risk.carried_from
    if before is None:
        return _("New")
    if before.is_confidential and not risk.is_confidential:
        return _("Carried over")
    if before.risk_score == risk.risk_score or before.risk_score is None or risk.risk_score is None:
        return _("Carried over")
    words = {"old": before.risk_score, "new": risk.risk_score}
    return (
        _("Raised from %(old)d to %(new)d") % words
        if risk.risk_score > before.risk_score
        else _("Lowered from %(old)d to %(new)d") % words
    )


def _control_cells(plan: ControlPlan, risk: Risk, control: Control | None) -> tuple[Cell, ...]:
    if control is None:
        said = (Block(Kind.MISSING, _("Missing: control"), "□", "high"),) if _demands(plan, risk) else ()
        return (Cell(said), Cell(), Cell(), Cell())
    blocks = [Block(Kind.TEXT, control.description)]
    if control.target:
        blocks.append(Block(Kind.SMALL, _("Acceptable level: %(target)s") % {"target": control.target}))
    return (
        Cell(tuple(blocks)),
        text_cell(control.method_in_full),
        text_cell(control.frequency_in_full),
        text_cell(control.performer_name),
    )


def _bands(plan: ControlPlan, risks: Sequence[Risk]) -> Table:
    """Return the matrix's bands, the demand of each, and the number of the plan's risks in it."""
    count: Counter[str] = Counter()
    for risk in risks:
        band = plan.matrix.band_of(risk.risk_score)
        count[band.name if band else ""] += 1
    rows = [
        (
            Cell((Block(Kind.SIGN, band.name, band.symbol, band.tone),), band.name, 1, band.tone),
            Cell((Block(Kind.TEXT, str(band.from_score)),), band.from_score),
            text_cell(str(band.get_demand_display())),
            number_cell(count[band.name]),
        )
        for band in reversed(plan.matrix.ordered_bands)
    ]
    return Table(
        "bands",
        _("Risk bands"),
        (
            Column("band", _("Risk band"), 20),
            Column("from", _("From score"), 12, "number"),
            Column("demand", _("What it demands"), 40),
            Column("risks", _("Risks"), 12, "number"),
        ),
        tuple(rows),
        description=_("The bands of the risk matrix, from which score, what each demands and how many risks are in it."),
    )


KIND = ReportKind(
    "adoption",
    "beslutsunderlag",
    gettext_lazy("The plan for adoption"),
    gettext_lazy("The proposed plan with its risks, scores, controls and heatmap, as the committee decides on it."),
    draw_up,
    has_closing=False,
)
