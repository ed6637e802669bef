"""The supplier master itself: identities, duplicates, look-alikes, shared addresses, changed accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.packs.suppliers.ours import ACTIVE
from controls.monitoring.rules.rule import Parameter, ParameterType, Relation, Rule

_OF_NUMBER = "select supplier_number as subject, name as subject_name"
_NO_AMOUNT = "null::decimal(18, 4) as amount"

IDENTITY_MISSING = Rule(
    "identity_missing",
    _("No organisation number"),
    _("A supplier in use without organisation number."),
    needs=("suppliers",),
    sql=f"{_OF_NUMBER}, struct_pack(supplier_number := supplier_number) as facts, [row] as rows, {_NO_AMOUNT} "
    f"from suppliers where identity is null and {ACTIVE}",
)

IDENTITY_INVALID = Rule(
    "identity_invalid",
    _("Invalid organisation number"),
    _("An organisation number whose check digit is wrong: often a digit mistyped, or two that changed places."),
    needs=("suppliers",),
    weight=2,
    sql=f"{_OF_NUMBER}, struct_pack(supplier_number := supplier_number, identity := identity) as facts, [row] as rows, "
    f"{_NO_AMOUNT} from suppliers where not identity_is_valid and {ACTIVE}",
)

IDENTITY_OF_PERSON = Rule(
    "identity_of_person",
    _("Personal number"),
    _("A supplier in use with the personal number of somebody: a sole trader, or a private person."),
    needs=("suppliers",),
    sql=f"{_OF_NUMBER}, struct_pack(supplier_number := supplier_number) as facts, [row] as rows, {_NO_AMOUNT} "
    f"from suppliers where identity_is_valid and identity_is_person and {ACTIVE}",
)

DUPLICATE_IDENTITY = Rule(
    "duplicate_identity",
    _("Several supplier numbers"),
    _("The same organisation number on several suppliers in use."),
    needs=("suppliers",),
    sql=f"select identity as subject, any_value(name) as subject_name, "
    f"struct_pack(supplier_numbers := list_sort(list(supplier_number)), count := count(*)) as facts, list(row) as rows, "
    f"{_NO_AMOUNT} from suppliers where identity_is_valid and {ACTIVE} group by identity having count(*) > 1",
)

ALIKE = Relation(
    "alike_suppliers",
    needs=("suppliers",),
    sql=f"select row, name from suppliers where name is not null and {ACTIVE} order by row",
)
LIKENESS = Parameter("likeness", _("Likeness at least (of 100)"), ParameterType.COUNT, 90)

LOOK_ALIKE = Rule(
    "look_alike_names",
    _("Names that look alike"),
    _("Two suppliers in use with nearly the same name and not the same organisation number."),
    needs=("suppliers",),
    relations=(ALIKE,),
    parameters=(LIKENESS,),
    sql=f"select o.supplier_number as subject, o.name as subject_name, "
    f"struct_pack(other := t.name, other_number := t.supplier_number, likeness := round(a.score)) as facts, "
    f"[o.row, t.row] as rows, {_NO_AMOUNT} "
    "from alike_suppliers a join suppliers o on a.one = o.row join suppliers t on a.other = t.row "
    "where a.score >= $likeness and (o.identity is distinct from t.identity or o.identity is null)",
)

ONE_ADDRESS = Rule(
    "many_at_one_address",
    _("Many suppliers at one address"),
    _("At least %(count)s suppliers in use with different organisation numbers at one street address."),
    needs=("suppliers",),
    parameters=(Parameter("count", _("Number of suppliers at least"), ParameterType.COUNT, 5),),
    weight=2,
    sql=f"""
    with placed as (
        select *, lower(translate(street, ' .,:-', '')) || ', ' || translate(postcode, ' ', '') as place
        from suppliers where street is not null and postcode is not null and not starts_with(lower(street), 'box ') and {ACTIVE}
    )
    select place as subject, any_value(street || ', ' || postcode || coalesce(' ' || city, '')) as subject_name,
        struct_pack(count := count(distinct coalesce(identity, supplier_number)),
            names := list_sort(list(distinct name))) as facts,
        list(row) as rows, {_NO_AMOUNT}
    from placed group by place having count(distinct coalesce(identity, supplier_number)) >= $count""",
)

ACCOUNT_CHANGED = Rule(
    "account_changed",
    _("Account changed"),
    _("A supplier's bankgiro, plusgiro or IBAN is another than in the snapshot before."),
    needs=("suppliers", "suppliers_before"),
    weight=2,
    sql=f"""
    select coalesce(s.identity, s.supplier_number) as subject, s.name as subject_name,
        struct_pack(supplier_number := s.supplier_number, before := concat_ws(', ', b.bankgiro, b.plusgiro, b.iban),
            after := concat_ws(', ', s.bankgiro, s.plusgiro, s.iban)) as facts,
        [s.row] as rows, {_NO_AMOUNT}
    from suppliers s join suppliers_before b using (supplier_number)
    where s.bankgiro <> b.bankgiro or s.plusgiro <> b.plusgiro or s.iban <> b.iban""",
)

DORMANT = Rule(
    "dormant_active",
    _("Dormant and suddenly active"),
    _("Nothing bought for %(months)s months, then at least %(at_least)s kronor."),
    needs=("suppliers", "suppliers_before", "ledger"),
    parameters=(
        Parameter("months", _("Months of silence"), ParameterType.MONTHS, 24),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, 25_000),
    ),
    weight=3,
    sql="""
    with last as (
        select identity, max(last_purchase) as last_day from suppliers_before where identity_is_valid group by identity
        having max(last_purchase) is not null
    ),
    since as (
        select l.identity, any_value(last_day) as last_day, min(day) as first_day, sum(amount) as amount
        from ledger l join last using (identity) where day > last_day group by l.identity
    )
    select n.identity as subject, any_value(s.name) as subject_name,
        struct_pack(last_day := any_value(n.last_day), first_day := any_value(n.first_day)) as facts, list(s.row) as rows,
        any_value(n.amount) as amount
    from since n join suppliers s on n.identity = s.identity
    where n.first_day >= n.last_day + to_months($months) and n.amount >= $at_least group by n.identity""",
)

RULES = (
    IDENTITY_MISSING,
    IDENTITY_INVALID,
    IDENTITY_OF_PERSON,
    DUPLICATE_IDENTITY,
    LOOK_ALIKE,
    ONE_ADDRESS,
    ACCOUNT_CHANGED,
    DORMANT,
)
