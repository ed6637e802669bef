"""Continuity plans in place: operations without a plan, with an old one, or with one that nobody answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.rule import Pack, Parameter, ParameterType, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_HAS_PLAN = "coalesce(has_plan, plan_day is not null)"


def _rule(
    code: str, where: str, label: StrPromise, sentence: StrPromise, weight: int = 1, parameters: tuple[Parameter, ...] = ()
) -> Rule:
    return Rule(
        code,
        label,
        sentence,
        needs=("operations",),
        parameters=parameters,
        weight=weight,
        sql=f"select name as subject, name as subject_name, "
        f"struct_pack(unit := unit_name, plan_day := plan_day, responsible := responsible) as facts, [row] as rows, "
        f"null::decimal(18, 4) as amount from operations where {where}",
    )


MISSING = _rule(
    "plan_missing", f"not {_HAS_PLAN}", _("No continuity plan"), _("An operation that there is no continuity plan for."), 3
)
OLD = _rule(
    "plan_old",
    f"{_HAS_PLAN} and plan_day < $today - to_years($years)",
    _("Old continuity plan"),
    _("The operation's continuity plan is more than %(years)s years old."),
    2,
    (Parameter("years", _("Years"), ParameterType.COUNT, 2),),
)
UNDATED = _rule(
    "plan_undated",
    f"{_HAS_PLAN} and plan_day is null",
    _("Continuity plan without a day"),
    _("The operation is said to have a continuity plan, but not since when."),
)
NOBODY = _rule(
    "operation_without_responsible",
    "responsible is null",
    _("Operation that nobody answers for"),
    _("Nobody is named as responsible for the operation's continuity."),
)

PACK = Pack("operations", _("Continuity plans in place"), (MISSING, OLD, UNDATED, NOBODY))
