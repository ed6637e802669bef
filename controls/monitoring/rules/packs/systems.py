"""Systems without overlap: names and purposes that look alike, costs that rise, systems that nobody owns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.rule import Pack, Parameter, ParameterType, Relation, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_LIKENESS = Parameter("likeness", _("Likeness at least (of 100)"), ParameterType.COUNT, 85)


def _alike(code: str, relation: str, column: str, label: StrPromise, sentence: StrPromise) -> Rule:
    return Rule(
        code,
        label,
        sentence,
        needs=("systems",),
        relations=(
            Relation(
                relation,
                needs=("systems",),
                sql=f"select row, {column} from systems where {column} is not null and name is not null order by row",
            ),
        ),
        parameters=(_LIKENESS,),
        weight=2,
        sql=f"""
        select o.name as subject, o.name as subject_name,
            struct_pack(other := t.name, purpose := o.purpose, other_purpose := t.purpose, owner := o.owner,
                other_owner := t.owner, likeness := round(a.score)) as facts,
            [o.row, t.row] as rows, o.yearly_cost + t.yearly_cost as amount
        from {relation} a join systems o on a.one = o.row join systems t on a.other = t.row
        where a.score >= $likeness""",
    )


NAMES = _alike(
    "system_names_alike",
    "alike_systems",
    "name",
    _("Systems with names that look alike"),
    _("Two systems have nearly the same name."),
)
PURPOSES = _alike(
    "system_purposes_alike",
    "alike_purposes",
    "purpose",
    _("Systems for the same purpose"),
    _("Two systems have nearly the same purpose."),
)

COST_UP = Rule(
    "system_cost_up",
    _("Cost up"),
    _("The yearly cost is at least %(share)s higher than in the snapshot before, and by at least %(at_least)s kronor."),
    needs=("systems", "systems_before"),
    parameters=(
        Parameter("share", _("Rise at least"), ParameterType.SHARE, 0.2),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(10_000)),
    ),
    sql="""
    select s.name as subject, s.name as subject_name, struct_pack(before := b.yearly_cost, after := s.yearly_cost) as facts,
        [s.row] as rows, s.yearly_cost - b.yearly_cost as amount
    from systems s join systems_before b using (name)
    where s.yearly_cost - b.yearly_cost >= $at_least and s.yearly_cost >= b.yearly_cost * (1 + $share)""",
)

NO_OWNER = Rule(
    "system_without_owner",
    _("System without owner"),
    _("A system that nobody is named as owner of."),
    needs=("systems",),
    sql="select name as subject, name as subject_name, struct_pack(purpose := purpose) as facts, [row] as rows, "
    "yearly_cost as amount from systems where owner is null",
)

PACK = Pack("systems", _("Systems without overlap"), (NAMES, PURPOSES, COST_UP, NO_OWNER))
