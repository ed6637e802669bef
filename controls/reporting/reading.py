"""Reading of a report's rows: one query for all of them, whatever their number.

The content of a report (`reported_risks`, `followed_controls`) is defined here, once; the list of reports counts by
the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import formats
from django.utils.translation import gettext as _

from controls.follow_ups.several_units import Summed, UnitsReport, sum_reports
from controls.models import Action, Closing, Conclusion, Control, FollowUp, Method
from controls.reporting.rows import LeftOut, Missing, Report, ReportAction, ReportRow, Sign
from riskreg.access.sight import units_where
from riskreg.access.verbs import Verb
from riskreg.models import ControlPlan, Risk, RiskBand, RiskMatrix, User
from riskreg.models.risk import RiskQuerySet
from riskreg.plans.coverage import Coverage, months_in_words
from riskreg.trail.seals import head

_COLUMNS = (
    "pk", "number", "title", "description", "risk_score", "shown_band", "is_confidential", "confidentiality_section", "unit_id",
    "likelihood", "impact",
    "live__pk", "live__description", "live__method", "live__method_wording", "live__target",
    "live__performer__name", "live__performer_text",
    "told__pk", "told__unit_id", "told__unit__name", "told__performer__name", "told__state",
    "told__result", "told__performed_otherwise", "told__conclusion", "told__conclusion_wording",
    "told__conclusion_reason",
    "told__actions__pk", "told__actions__kind", "told__actions__description", "told__actions__responsible__name",
    "told__actions__due_on", "told__actions__done_on", "told__actions__effect",
    "before",
)  # fmt: skip
_ORDER = ("number", "live__position", "told__unit__name_sort", "told__pk", "told__actions__pk")
_FOLLOWED = [RiskBand.Demand.CONTROL, RiskBand.Demand.ACT]


def reportable_plans(user: User) -> QuerySet[ControlPlan]:
    """Return the plans whose reports the user may read."""
    return ControlPlan.objects.visible_to(user).filter(units_where(user, Verb.READ_REPORT, "unit"))


def with_something_to_follow_up(risks: QuerySet[Risk]) -> QuerySet[Risk]:
    """Keep the risks that a report follows up.

    Those with a control, those whose band demands one, and those without a score (nobody knows what they demand).
    """
    demand = RiskBand.objects.filter(matrix=OuterRef("plan__matrix"), from_score__lte=OuterRef("risk_score"))
    return risks.alias(demand=Subquery(demand.order_by("-from_score").values("demand")[:1])).filter(
        Exists(Control.objects.filter(risk=OuterRef("pk"), is_dropped=False))
        | Q(risk_score__isnull=True)
        | Q(demand__in=_FOLLOWED)
    )


def demands_control(matrix: RiskMatrix, score: int | None) -> bool:
    """Return whether a report follows up a risk of the score also without a control, as with_something_to_follow_up says."""
    band = matrix.band_of(score)
    return score is None or (band is not None and band.demand in _FOLLOWED)


def seen_risks(user: User, *, public: bool = False) -> RiskQuerySet:
    """Return the risks that this reader sees; for a public version only the open ones."""
    seen = Risk.objects.visible_to(user)
    return seen.filter(is_confidential=False) if public else seen


def shown_in(risk: str, *, public: bool) -> Q:
    """Return the condition that a report shows what its reader sees of the risk behind the field: a public one only if open."""
    return Q(**{f"{risk}__is_confidential": False}) if public else Q()


def reported_risks(user: User, *, public: bool = False) -> QuerySet[Risk]:
    """Return the risks that a report shows this reader."""
    return with_something_to_follow_up(seen_risks(user, public=public).current())


def build_report(user: User, plan: ControlPlan, closing: Closing, *, today: date, public: bool = False) -> Report:
    """Read the report as the user may see it, or everybody (`public`).

    Three queries; `plan` comes with its unit, `closing` with its municipality.
    """
    left_out, not_listed = not_shown(user, plan, public=public)
    words = {"unit": plan.unit.name, "closing": closing.within}
    return Report(
        plan=plan,
        closing=closing,
        organisation=closing.unit.name,
        unit=plan.unit.name,
        heading=_("Follow-up of internal control"),
        subtitle=_("%(unit)s, %(closing)s") % words,
        date_line=_("As of %(cut_off)s. Drawn up on %(today)s.")
        % {"cut_off": formats.date_format(closing.cut_off), "today": formats.date_format(today)},
        adopted=adopted_words(plan),
        adopted_on=plan.adopted_on,
        adopted_paragraph=plan.adopted_paragraph,
        registry_number=plan.registry_number,
        drawn_up_on=today,
        rows=tuple(report_rows(user, plan, closing, public=public)),
        left_out=left_out,
        trail_head=str(head() or ""),
        not_listed=not_listed,
        uncovered=_uncovered(plan, closing),
    )


def _uncovered(plan: ControlPlan, closing: Closing) -> str:
    """Return the months up to the cut-off that no plan covered, in words.

    No query is needed of a plan adopted before its year, and of a committee's first that is not adopted.
    """
    if plan.adopted_on is None and plan.carried_from_id is None:
        return ""
    if plan.adopted_on is not None and plan.adopted_on <= date(plan.year, 1, 1):
        return ""
    coverage = Coverage(closing.cut_off, [plan.year], Q(unit=plan.unit_id))
    return months_in_words(plan.year, coverage.uncovered(plan.year).get(plan.unit_id, []))


def report_rows(user: User, plan: ControlPlan, closing: Closing, *, public: bool = False) -> Iterator[ReportRow]:
    """Yield the rows of the report, in its order."""
    for _risk, lines in groupby(_lines(user, plan, closing, public=public), key=lambda line: line.pk):
        yield from _rows_of_risk(plan, list(lines))


def _lines(user: User, plan: ControlPlan, closing: Closing, *, public: bool) -> Any:
    """Return one line for each action, or follow-up, or control, or risk that has none of these; in the report's order."""
    band = RiskBand.objects.filter(matrix=plan.matrix_id, from_score__lte=OuterRef("risk_score")).order_by("-from_score")
    # Of the control itself, or of last year's that it was carried over from; never of what was confidential then and is not now.
    earlier = FollowUp.objects.filter(
        Q(control=OuterRef("live__pk")) | Q(control=OuterRef("live__carried_from")),
        Q(control__risk__is_confidential=False) | Q(control__risk__is_confidential=OuterRef("is_confidential")),
        unit=Coalesce(OuterRef("told__unit"), OuterRef("unit")),
        closing__cut_off__lt=closing.cut_off,
    ).order_by("-closing__cut_off")
    said_before = JSONObject(conclusion="conclusion", kind="closing__kind", year="closing__year")
    return (
        reported_risks(user, public=public)
        .filter(plan=plan)
        .annotate(
            shown_band=Subquery(band.values(shown=JSONObject(name="name", tone="tone"))[:1]),
            live=FilteredRelation("controls", condition=Q(controls__is_dropped=False)),
            told=FilteredRelation("live__follow_ups", condition=Q(live__follow_ups__closing=closing)),
        )
        .annotate(before=Subquery(earlier.values(told=said_before)[:1]))
        .order_by(F("risk_score").desc(nulls_last=True), *_ORDER)
        .values_list(*_COLUMNS, named=True)
    )


def _rows_of_risk(plan: ControlPlan, lines: list[Any]) -> Iterator[ReportRow]:
    controls = [
        [list(of_follow_up) for _told, of_follow_up in groupby(of_control, key=lambda line: line.told__pk)]
        for _live, of_control in groupby(lines, key=lambda line: line.live__pk)
    ]
    risk_span = sum(map(len, controls))
    for follow_ups in controls:
        control_span = len(follow_ups)
        together = _together(follow_ups) if len(follow_ups) > 1 else None
        for actions in follow_ups:
            yield _row(plan, actions, risk_span, control_span, several_units=len(follow_ups) > 1, together=together)
            risk_span, control_span, together = 0, 0, None


def _together(follow_ups: list[list[Any]]) -> Summed:
    """Return the sum of the units' follow-ups of one control."""
    firsts = (lines[0] for lines in follow_ups)
    return sum_reports(UnitsReport(line.told__unit__name, line.told__state, line.told__conclusion) for line in firsts)


def _row(
    plan: ControlPlan, lines: list[Any], risk_span: int, control_span: int, *, several_units: bool, together: Summed | None
) -> ReportRow:
    line = lines[0]
    concluded = Conclusion(line.told__conclusion) if line.told__conclusion else None
    told = line.told__pk is not None
    of_control = "" if several_units else line.live__performer__name or line.live__performer_text
    return ReportRow(
        risk_pk=line.pk,
        reference=Risk(plan=plan, number=line.number).reference,
        title=line.title,
        description=line.description,
        score=line.risk_score,
        band=_band(**line.shown_band) if line.shown_band else None,
        confidentiality=line.confidentiality_section if line.is_confidential else "",
        control_pk=line.live__pk,
        control=line.live__description or "",
        method=str(Method(line.live__method).label) if line.live__method else "",
        method_wording=line.live__method_wording or "",
        target=line.live__target or "",
        follow_up_pk=line.told__pk,
        unit=line.told__unit__name if told and (several_units or line.told__unit_id != line.unit_id) else "",
        performer=line.told__performer__name or of_control or "",
        control_performer=line.live__performer__name or line.live__performer_text or "",
        state=str(FollowUp.State(line.told__state).label) if told else "",
        state_code=line.told__state or "",
        result=line.told__result or "",
        performed_otherwise=line.told__performed_otherwise or "",
        conclusion=Sign.of(concluded) if concluded else None,
        conclusion_wording=line.told__conclusion_wording or "",
        conclusion_reason=line.told__conclusion_reason or "",
        actions=tuple(_actions(lines)),
        missing=tuple(_missing(line, concluded, is_first_of_risk=risk_span > 0)),
        risk_span=risk_span,
        control_span=control_span,
        likelihood=line.likelihood,
        impact=line.impact,
        before=_before(**line.before) if line.before else "",
        units_together=together,
    )


def _before(conclusion: str, kind: str, year: int) -> str:
    """Return the earlier closing's line for a follow-up that was ongoing then; otherwise ''."""
    if conclusion != Conclusion.ONGOING:
        return ""
    closing = str(Closing(kind=kind, year=year))
    return _("At the closing before (%(closing)s): %(conclusion)s") % {
        "closing": closing[:1].lower() + closing[1:],
        "conclusion": str(Conclusion.ONGOING.label).lower(),
    }


def _band(name: str, tone: str) -> Sign:
    return Sign(tone, RiskBand.SYMBOLS[tone], name, tone)


def _actions(lines: Iterable[Any]) -> Iterator[ReportAction]:
    for line in lines:
        if line.told__actions__pk is not None:
            yield ReportAction(
                kind=line.told__actions__kind,
                kind_label=str(Action.Kind(line.told__actions__kind).label),
                description=line.told__actions__description,
                responsible=line.told__actions__responsible__name or "",
                due_on=line.told__actions__due_on,
                done_on=line.told__actions__done_on,
                effect=line.told__actions__effect,
            )


def _missing(line: Any, concluded: Conclusion | None, *, is_first_of_risk: bool) -> Iterator[Missing]:
    if line.risk_score is None and is_first_of_risk:
        yield Missing.SCORE
    if line.live__pk is None:
        yield Missing.CONTROL
        return
    if line.told__pk is None:
        yield Missing.FOLLOW_UP
        return
    if not line.told__result:
        yield Missing.RESULT
    if concluded is None:
        yield Missing.CONCLUSION
    elif concluded.is_deviation and line.told__actions__pk is None:
        yield Missing.ACTION
    if line.told__state in FollowUp.OPEN_STATES:
        yield Missing.SUBMISSION
    elif line.told__state != FollowUp.State.APPROVED:
        yield Missing.APPROVAL


def not_shown(user: User, plan: ControlPlan, *, public: bool = False) -> tuple[tuple[LeftOut, ...], int]:
    """Return the confidential risks hidden from this reader, by section of the law; and how many need no follow-up."""
    current = Risk.objects.current().filter(plan=plan)
    counts = (
        current.annotate(
            seen=Exists(seen_risks(user, public=public).filter(pk=OuterRef("pk"))),
            followed=Exists(with_something_to_follow_up(Risk.objects.filter(pk=OuterRef("pk")))),
        )
        .exclude(seen=True, followed=True)
        .order_by("confidentiality_section")
        .values_list("seen", "followed", "confidentiality_section")
        .annotate(count=Count("pk"))
    )
    rows = list(counts)
    left_out = tuple(LeftOut(section, count) for seen, followed, section, count in rows if followed and not seen)
    return left_out, sum(count for seen, _followed, _section, count in rows if seen)


def left_out_of_year(user: User, root: str, year: int, *, public: bool = False) -> tuple[LeftOut, ...]:
    """Return the confidential risks of all plans below the root that are hidden from this reader.

    Counted by section of the law. The reader reaches all that lies there.
    """
    confidential = Risk.objects.current().filter(is_confidential=True)
    hidden = confidential if public else confidential.exclude(pk__in=confidential.visible_to(user).values("pk"))
    rows = (
        with_something_to_follow_up(hidden)
        .filter(plan__year=year, plan__unit__path__startswith=root)
        .order_by("confidentiality_section")
        .values_list("confidentiality_section")
        .annotate(number=Count("pk"))
    )
    return tuple(LeftOut(section, number) for section, number in rows)


def adopted_words(plan: ControlPlan) -> str:
    """Return the line that says when and by which paragraph the plan was adopted."""
    if plan.adopted_on is None:
        return _("The plan is not adopted.")
    return _("Adopted on %(date)s, %(paragraph)s") % {
        "date": formats.date_format(plan.adopted_on),
        "paragraph": plan.adopted_paragraph if plan.adopted_paragraph.startswith("§") else f"§ {plan.adopted_paragraph}",
    }
