"""Bought within agreements: purchases outside every agreement, after its end, above its ceiling; agreements that end soon."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import DOCUMENTS
from controls.monitoring.rules.rule import Pack, Parameter, ParameterType, Relation, Rule

TERMS = Relation(
    "terms",
    needs=("agreements",),
    # Whether an option was taken is not in the register: it counts as taken, so that nobody is accused by it.
    sql="""
    select *, coalesce(valid_from, date '1900-01-01') as starts,
        case when valid_to is null then date '9999-12-31' else greatest(valid_to, coalesce(option_until, valid_to)) end as ends
    from agreements where identity is not null""",
)
UNCOVERED = Relation(
    "uncovered",
    needs=("ledger", "agreements"),
    after=(DOCUMENTS, TERMS),
    # The public sector's own bodies (2…) are paid fees and grants, which nobody procures.
    sql="""
    select * from documents d
    where d.day is not null and d.agreement is null and not starts_with(d.payee, '2')
        and not exists (from terms t where t.identity = d.payee and d.day between t.starts and t.ends)""",
)
"""Documents of payees that no agreement covers on the day, and that name none."""

OFF_CONTRACT = Rule(
    "off_contract",
    _("Bought outside agreements"),
    _("A unit has bought for at least %(at_least)s kronor in %(months)s months from a supplier without any agreement in force."),
    needs=("ledger", "agreements"),
    relations=(UNCOVERED,),
    names_documents=True,
    parameters=(
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(100_000)),
        Parameter("months", _("Months back"), ParameterType.MONTHS, 12),
    ),
    weight=2,
    sql="""
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(unit := unit_name, count := count(*), first_day := min(day), last_day := max(day)) as facts,
        list(id) as rows, sum(amount) as amount
    from uncovered u where day > $today - to_months($months) and payee not in (select identity from terms)
    group by payee, unit_name having sum(amount) >= $at_least""",
)

EXPIRED = Rule(
    "expired_agreement",
    _("Agreement expired and still bought from"),
    _("Bought for at least %(at_least)s kronor more than %(days)s days after the last agreement with the supplier ended."),
    needs=("ledger", "agreements"),
    relations=(UNCOVERED,),
    names_documents=True,
    parameters=(
        Parameter("days", _("Days of grace"), ParameterType.DAYS, 30),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(10_000)),
    ),
    weight=3,
    sql="""
    with late as (
        select u.id, any_value(u.payee) as payee, any_value(u.payee_name) as payee_name, any_value(u.day) as day,
            any_value(u.amount) as amount, max(t.ends) as ended,
            arg_max(t.agreement_number, t.ends) as agreement_number
        from uncovered u join terms t on t.identity = u.payee and t.ends < u.day group by u.id
    )
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(agreement := agreement_number, ended := ended, last_day := max(day), count := count(*)) as facts,
        list(id) as rows, sum(amount) as amount
    from late where day > ended + $days group by payee, agreement_number, ended having sum(amount) >= $at_least""",
)

ABOVE_CEILING = Rule(
    "above_ceiling",
    _("Above the agreement's ceiling"),
    _(
        "More has been bought than the agreement's ceiling. A purchase counts by the agreement that it names, or by the only "
        "one in force with its supplier on the day."
    ),
    needs=("ledger", "agreements"),
    relations=(DOCUMENTS, TERMS),
    names_documents=True,
    weight=3,
    sql="""
    with bought as (
        select d.id, d.day, d.amount, t.agreement_number, t.ceiling, t.identity, t.supplier_name
        from documents d join terms t on t.identity = d.payee and d.day between t.starts and t.ends
            and coalesce(d.agreement, t.agreement_number) = t.agreement_number
        qualify count(*) over (partition by d.id) = 1
    )
    select identity as subject, any_value(supplier_name) as subject_name,
        struct_pack(agreement := agreement_number, ceiling := any_value(ceiling), bought := sum(amount)) as facts,
        list(id) as rows, sum(amount) - any_value(ceiling) as amount
    from bought where ceiling is not null group by identity, agreement_number having sum(amount) > any_value(ceiling)""",
)

RENEWAL = Rule(
    "agreement_ends",
    _("Agreement ends and nothing follows"),
    _("An agreement ends within %(months)s months, and none in the same area with the supplier lasts longer."),
    needs=("agreements",),
    relations=(TERMS,),
    parameters=(Parameter("months", _("Months ahead"), ParameterType.MONTHS, 6),),
    sql="""
    select identity as subject, supplier_name as subject_name,
        struct_pack(agreement := agreement_number, ends := valid_to, option_until := option_until, area := area,
            responsible := responsible) as facts,
        [row] as rows, estimated_value as amount
    from terms t where valid_to between $today and $today + to_months($months)
        and not exists (from terms f where f.identity = t.identity and f.area is not distinct from t.area
            and f.agreement_number <> t.agreement_number and coalesce(f.valid_to, date '9999-12-31') > t.valid_to)""",
)

PACK = Pack("agreements", _("Bought within agreements"), (OFF_CONTRACT, EXPIRED, ABOVE_CEILING, RENEWAL))
