"""What the companies' register says of own suppliers: insolvency, deregistration, age, address, line of business."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.packs.suppliers.ours import FIRMS, OURS
from controls.monitoring.rules.rule import Parameter, ParameterType, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_NO_AMOUNT = "null::decimal(18, 4) as amount"
_NEEDS = ("suppliers", "companies")


def _proceeding(code: str, kind: str, label: StrPromise, sentence: StrPromise, weight: int) -> Rule:
    return Rule(
        code,
        label,
        sentence,
        needs=_NEEDS,
        relations=(FIRMS,),
        weight=weight,
        sql=f"""
        select o.identity as subject, o.name as subject_name,
            struct_pack(proceedings := f.proceedings, proceedings_day := f.proceedings_day) as facts,
            o.lines as rows, {_NO_AMOUNT}
        from ours o join firms f using (identity) where regexp_matches(f.proceedings, '(?i)\\b({kind})\\b')""",
    )


BANKRUPTCY = _proceeding("bankruptcy", "KK|konkurs", _("Bankruptcy"), _("A supplier in use is in bankruptcy."), 5)
LIQUIDATION = _proceeding("liquidation", "LI|likvidation", _("Liquidation"), _("A supplier in use is being wound up."), 3)
RECONSTRUCTION = _proceeding(
    "reconstruction", "FR|rekonstruktion", _("Reconstruction"), _("A supplier in use is being reconstructed."), 3
)

DEREGISTERED = Rule(
    "deregistered_paid",
    _("Deregistered and still paid"),
    _("Payments more than %(days)s days after the company was deregistered."),
    needs=("ledger", "suppliers", "companies"),
    relations=(FIRMS,),
    parameters=(Parameter("days", _("Days of grace"), ParameterType.DAYS, 30),),
    weight=5,
    sql="""
    select f.identity as subject, any_value(o.name) as subject_name,
        struct_pack(deregistered := any_value(f.deregistered), reason := any_value(f.deregistration_reason),
            last_day := max(l.day), count := count(*)) as facts,
        list(l.row) as rows, sum(l.amount) as amount
    from firms f join ours o using (identity) join ledger l on l.identity = f.identity and l.day > f.deregistered + $days
    group by f.identity having sum(l.amount) > 0""",
)

NEW_AND_PAID = Rule(
    "new_and_paid",
    _("Newly registered and paid much"),
    _("Registered less than %(months)s months ago and already paid at least %(at_least)s kronor."),
    needs=("suppliers", "companies", "ledger"),
    relations=(FIRMS,),
    parameters=(
        Parameter("months", _("Months since it was registered"), ParameterType.MONTHS, 12),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(100_000)),
    ),
    weight=3,
    sql="""
    select f.identity as subject, any_value(o.name) as subject_name, struct_pack(registered := any_value(f.registered)) as facts,
        any_value(o.lines) as rows, sum(l.amount) as amount
    from firms f join ours o using (identity) join ledger l on l.identity = f.identity
    where f.registered > $today - to_months($months) group by f.identity having sum(l.amount) >= $at_least""",
)

ADDRESS_CHANGED = Rule(
    "address_changed",
    _("Address changed"),
    _("The company's registered address is another than in the snapshot before."),
    needs=("suppliers", "companies", "companies_before"),
    relations=(OURS,),
    sql=f"""
    with now as (
        select identity, name_number, concat_ws(', ', street, postcode, city) as place,
            lower(translate(concat(street, postcode, city), ' .,', '')) as bare
        from companies where identity in (select identity from ours) and street is not null
    ),
    earlier as (
        select identity, name_number, concat_ws(', ', street, postcode, city) as place,
            lower(translate(concat(street, postcode, city), ' .,', '')) as bare
        from companies_before where identity in (select identity from ours) and street is not null
    )
    select n.identity as subject, any_value(o.name) as subject_name,
        struct_pack(before := any_value(e.place), after := any_value(n.place)) as facts, any_value(o.lines) as rows, {_NO_AMOUNT}
    from now n join earlier e on n.identity = e.identity and n.name_number is not distinct from e.name_number
        join ours o on o.identity = n.identity
    where n.bare <> e.bare group by n.identity""",
)

INDUSTRY = Rule(
    "industry_does_not_fit",
    _("Line of business that does not fit"),
    _("At least %(at_least)s kronor on accounts for welfare services, to a company in another line of business."),
    needs=("suppliers", "companies", "ledger"),
    relations=(FIRMS,),
    parameters=(
        Parameter("accounts", _("Accounts that begin with"), ParameterType.PREFIXES, ("46",)),
        Parameter("industries", _("Lines of business (SNI) that fit"), ParameterType.PREFIXES, ("78", "85", "86", "87", "88")),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(50_000)),
    ),
    weight=2,
    sql="""
    select f.identity as subject, any_value(o.name) as subject_name,
        struct_pack(industry := any_value(f.industry), accounts := list_sort(list(distinct l.account))) as facts,
        any_value(o.lines) as rows, sum(l.amount) as amount
    from firms f join ours o using (identity) join ledger l on l.identity = f.identity
    where f.industry is not null and not list_bool_or([starts_with(f.industry, x) for x in $industries::varchar[]])
        and list_bool_or([starts_with(l.account, x) for x in $accounts::varchar[]])
    group by f.identity having sum(l.amount) >= $at_least""",
)

RULES = (BANKRUPTCY, LIQUIDATION, RECONSTRUCTION, DEREGISTERED, NEW_AND_PAID, ADDRESS_CHANGED, INDUSTRY)
