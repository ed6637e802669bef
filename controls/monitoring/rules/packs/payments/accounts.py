"""To whose account: another supplier's, one never used before, one changed just before the payment."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import DOCUMENTS, GIVEN_BACK
from controls.monitoring.rules.packs.payments.documents import BOUGHT, DOCUMENT, FACTS
from controls.monitoring.rules.rule import Parameter, ParameterType, Rule

_ACCOUNTS = "unnest([bankgiro, plusgiro, iban])"

OF_ANOTHER = Rule(
    "account_of_another",
    _("Paid to another supplier's account"),
    _(
        "A payment to an account that the supplier master has for somebody else and not for the payee. An account of more than "
        "%(habit)s suppliers is a factoring company's."
    ),
    needs=("ledger", "suppliers"),
    relations=(DOCUMENTS, GIVEN_BACK),
    parameters=(Parameter("habit", _("Suppliers that share a factoring account"), ParameterType.COUNT, 4),),
    weight=5,
    names_documents=True,
    is_of_invoice=True,
    sql=f"""
    with owners as (
        select distinct {_ACCOUNTS} as account, coalesce(identity, supplier_number) as owner, name from suppliers
    ),
    own as (
        select account, list(owner) as owners, list_sort(list(distinct name)) as names from owners where account is not null
        group by account having count(distinct owner) <= $habit
    )
    select {DOCUMENT}, struct_pack({FACTS}, account := d.payee_account, account_of := o.names) as facts, [d.id] as rows,
        d.amount as amount
    from (select * from {BOUGHT}) d join own o on d.payee_account = o.account and not list_contains(o.owners, d.payee)
        and not list_contains(o.owners, d.supplier_id)""",
)

NEW_ACCOUNT = Rule(
    "account_deviates",
    _("Paid to an account never used before"),
    _("The first payment of at least %(at_least)s kronor to an account, after %(count)s or more to the payee's other accounts."),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK),
    parameters=(
        Parameter("count", _("Earlier payments at least"), ParameterType.COUNT, 5),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(10_000)),
    ),
    weight=3,
    names_documents=True,
    is_of_invoice=True,
    sql=f"""
    with paid as (
        select *, count(*) over earlier as earlier,
            row_number() over (partition by payee, payee_account order by day, id) as place
        from {BOUGHT} and payee_account is not null
        window earlier as (partition by payee order by day, id rows between unbounded preceding and 1 preceding)
    )
    select {DOCUMENT}, struct_pack({FACTS}, account := d.payee_account) as facts, [d.id] as rows, d.amount as amount
    from paid d where place = 1 and earlier >= $count and amount >= $at_least""",
)

CHANGED_BEFORE = Rule(
    "account_changed_before_payment",
    _("Account changed just before the payment"),
    _(
        "Payments of at least %(at_least)s kronor to an account that the supplier got at most %(days)s days before, when it "
        "already had another one."
    ),
    needs=("ledger", "bank_accounts"),
    relations=(DOCUMENTS, GIVEN_BACK),
    names_documents=True,
    parameters=(
        Parameter("days", _("Days from the change to the payment"), ParameterType.DAYS, 30),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(10_000)),
    ),
    weight=4,
    sql=f"""
    with changes as (
        select identity, account, valid_from from bank_accounts where identity is not null
        qualify valid_from > min(valid_from) over (partition by identity)
    )
    select d.payee as subject, any_value(d.payee_name) as subject_name,
        struct_pack(account := c.account, changed := c.valid_from, first_day := min(d.day), count := count(*)) as facts,
        list(d.id) as rows, sum(d.amount) as amount
    from (select * from {BOUGHT}) d join changes c on d.payee = c.identity
        and coalesce(d.payee_account, c.account) = c.account and d.day between c.valid_from and c.valid_from + $days
    group by d.payee, c.account, c.valid_from having sum(d.amount) >= $at_least""",
)

SHARED = Rule(
    "account_shared",
    _("Account that another supplier has"),
    _("A bankgiro, plusgiro or IBAN that a supplier with another identity has, too. More than %(habit)s: a factoring company's."),
    needs=("suppliers",),
    parameters=(Parameter("habit", _("Suppliers that share a factoring account"), ParameterType.COUNT, 4),),
    weight=3,
    sql=f"""
    with held as (
        select {_ACCOUNTS} as account, coalesce(identity, supplier_number) as owner, name, row from suppliers
        where not coalesce(is_blocked, false)
    ),
    shared as (
        select account, list(distinct owner) as owners, list_sort(list(distinct name)) as names from held
        where account is not null group by account having count(distinct owner) between 2 and $habit
    )
    select h.owner as subject, any_value(h.name) as subject_name,
        struct_pack(account := h.account, account_of := any_value(s.names)) as facts, list(h.row) as rows,
        null::decimal(18, 4) as amount
    from held h join shared s using (account) group by h.owner, h.account""",
)

RULES = (OF_ANOTHER, NEW_ACCOUNT, CHANGED_BEFORE, SHARED)
