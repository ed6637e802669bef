"""Direct procurement: sums of purchases that no agreement covers, against the limits of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.limits import DIRECT_PROCUREMENT, DOCUMENTATION, Dated, as_sql
from controls.monitoring.rules.packs.agreements import UNCOVERED
from controls.monitoring.rules.rule import Pack, Parameter, ParameterType, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_NEEDS = ("ledger", "agreements")
_YEAR_END = "make_date(year(day), 12, 31)"
_BAND = Parameter("band", _("Share of the limit that is just under it"), ParameterType.SHARE, 0.1)


def _of_year(limits: Dated) -> str:
    """Return the query for each payee's sum of each calendar year beside the limit at its end, as `total` and `ceiling`."""
    return f"""
        select payee, any_value(payee_name) as payee_name, year(day) as year, any_value({as_sql(limits, _YEAR_END)}) as ceiling,
            sum(amount) as total, count(*) as invoices, list_sort(list(distinct unit_name)) as units,
            list(id) as ids
        from uncovered group by payee, year(day)"""


_TOLD = """
    select payee as subject, payee_name as subject_name,
        struct_pack(year := year, ceiling := ceiling, count := invoices, units := units) as facts, ids as rows,
        total as amount"""

OVER_YEAR = Rule(
    "direct_procurement_year",
    _("Over the direct-procurement limit in a calendar year"),
    _(
        "All units together have bought for more than the limit in a calendar year, without any agreement. The limit is the one "
        "in force at the end of the year."
    ),
    needs=_NEEDS,
    relations=(UNCOVERED,),
    names_documents=True,
    weight=4,
    sql=f"{_TOLD} from ({_of_year(DIRECT_PROCUREMENT)}) where total > ceiling",
)

OVER_TWELVE_MONTHS = Rule(
    "direct_procurement_rolling",
    _("Over the direct-procurement limit in 12 months"),
    _("Within twelve months that are not one calendar year, more than the limit was bought without any agreement."),
    needs=_NEEDS,
    relations=(UNCOVERED,),
    names_documents=True,
    weight=3,
    sql=f"""
    with rolling as (
        select payee, payee_name, day, {as_sql(DIRECT_PROCUREMENT, "day")} as ceiling,
            sum(amount) over year as total, min(day) over year as first_day
        from uncovered
        window year as (partition by payee order by day range between interval 1 year - interval 1 day preceding and current row)
    ),
    widest as (
        select payee, any_value(payee_name) as payee_name, max(total) as total, arg_max(day, total) as last_day,
            arg_max(first_day, total) as first_day, arg_max(ceiling, total) as ceiling
        from rolling where total > ceiling and year(first_day) < year(day) group by payee
    )
    select w.payee as subject, any_value(w.payee_name) as subject_name,
        struct_pack(first_day := any_value(w.first_day), last_day := any_value(w.last_day), ceiling := any_value(w.ceiling),
            count := count(*)) as facts,
        list(u.id) as rows, any_value(w.total) as amount
    from widest w join uncovered u on u.payee = w.payee and u.day between w.first_day and w.last_day group by w.payee""",
)


def _just_under(code: str, limits: Dated, label: StrPromise, sentence: StrPromise, weight: int) -> Rule:
    return Rule(
        code,
        label,
        sentence,
        needs=_NEEDS,
        relations=(UNCOVERED,),
        names_documents=True,
        parameters=(_BAND,),
        weight=weight,
        sql=f"{_TOLD} from ({_of_year(limits)}) where total <= ceiling and total >= ceiling * (1 - $band)",
    )


UNDER_LIMIT = _just_under(
    "just_under_direct_procurement",
    DIRECT_PROCUREMENT,
    _("Just under the direct-procurement limit"),
    _("A calendar year's purchases without any agreement are just under the limit for direct procurement."),
    2,
)
UNDER_DOCUMENTATION = _just_under(
    "just_under_documentation",
    DOCUMENTATION,
    _("Just under the limit for documentation"),
    _("A calendar year's purchases without any agreement are just under the sum from which the choice must be documented."),
    1,
)

PACK = Pack("procurement", _("Direct procurement"), (OVER_YEAR, OVER_TWELVE_MONTHS, UNDER_LIMIT, UNDER_DOCUMENTATION))
