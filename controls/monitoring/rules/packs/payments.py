"""Payments in order: paid twice, split, round, on days off, out of the ordinary, to an account of somebody else."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import DOCUMENTS, DOUBLE_PARAMETERS, DOUBLES, GIVEN_BACK
from controls.monitoring.rules.rule import Pack, Parameter, ParameterType, Relation, Rule

DAYS_OFF = Relation("days_off", needs=("ledger",), sql="select unnest(string_split($days_off, ' '))::date as day")
_BOUGHT = "documents where amount > 0 and day is not null and id not in (select id from given_back)"
_DOCUMENT = "d.payee as subject, d.payee_name as subject_name"
_FACTS = "invoice := d.invoice, day := d.day, voucher := d.voucher, unit := d.unit_name"


def _double(reason: str, label: Promise, sentence: Promise, weight: int) -> Rule:
    return Rule(
        f"double_{reason}",
        label,
        sentence,
        needs=("ledger",),
        relations=(DOUBLES,),
        parameters=DOUBLE_PARAMETERS,
        weight=weight,
        is_of_invoice=True,
        sql=f"""
        select {_DOCUMENT}, struct_pack({_FACTS}, earlier_invoice := e.invoice, earlier_day := e.day,
                earlier_voucher := e.voucher, paid := d.amount, reasons := s.reasons) as facts,
            e.lines || d.lines as rows, s.remaining as amount
        from doubles s join documents d on s.id = d.id join documents e on s.first = e.id
        where list_contains(s.reasons, '{reason}')""",
    )


DOUBLE_RULES = (
    _double(
        "same_day",
        _("Paid twice on the same day"),
        _("The same invoice number and amount from the same payee, booked twice on one day and not credited."),
        4,
    ),
    _double(
        "other_day",
        _("Paid twice on different days"),
        _("The same invoice number and amount from the same payee, booked again within %(days)s days and not credited."),
        4,
    ),
    _double(
        "reminder",
        _("Invoice and its reminder both paid"),
        _("The same invoice number again within %(days)s days, %(fee_from)s–%(fee_to)s kronor higher, and not credited."),
        4,
    ),
    _double(
        "other_supplier",
        _("Paid twice under two supplier numbers"),
        _("The same invoice number and amount within %(days)s days under another number of the same supplier, and not credited."),
        4,
    ),
    _double(
        "other_form",
        _("Paid twice, the invoice number written in another way"),
        _("Invoice numbers that differ only by O and 0, blanks, dashes or leading zeros; same amount within %(days)s days."),
        4,
    ),
    _double(
        "other_number",
        _("Same amount and day, different invoice numbers"),
        _("Two invoices of at least %(at_least)s kronor of one day and unit, with the same amount and unlike numbers."),
        2,
    ),
)

SPLIT = Rule(
    "split_purchases",
    _("Split just under a limit"),
    _("Several invoices of one payee just under %(ceiling)s kronor within %(days)s days, together above it."),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK),
    parameters=(
        Parameter("ceiling", _("Limit"), ParameterType.AMOUNT, Decimal(100_000)),
        Parameter("band", _("Share of the limit that is just under it"), ParameterType.SHARE, 0.1),
        Parameter("days", _("Days between the invoices"), ParameterType.DAYS, 10),
        Parameter("count", _("Number of invoices at least"), ParameterType.COUNT, 2),
    ),
    weight=3,
    sql=f"""
    with near as (
        select *, day - lag(day) over (partition by payee order by day, id) as gap
        from {_BOUGHT} and amount < $ceiling and amount >= $ceiling * (1 - $band)
    ),
    runs as (
        select *, count(*) filter (coalesce(gap, $days + 1) > $days) over (partition by payee order by day, id) as run from near
    )
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(count := count(*), first_day := min(day), last_day := max(day), invoices := list(invoice order by day, id),
            units := list_sort(list(distinct unit_name))) as facts,
        flatten(list(lines)) as rows, sum(amount) as amount
    from runs group by payee, run having count(*) >= $count and sum(amount) > $ceiling""",
)

ROUND = Rule(
    "round_sums",
    _("Round sum"),
    _("An invoice of at least %(at_least)s kronor in even %(multiple)s, an amount that the payee is not paid regularly."),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK),
    parameters=(
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(50_000)),
        Parameter("multiple", _("Even"), ParameterType.AMOUNT, Decimal(10_000)),
        Parameter("habit", _("More often than this is a habit"), ParameterType.COUNT, 2),
    ),
    is_of_invoice=True,
    sql=f"""
    select {_DOCUMENT}, struct_pack({_FACTS}) as facts, d.lines as rows, d.amount as amount
    from (
        select * from {_BOUGHT} and amount >= $at_least and amount % $multiple = 0
        qualify count(*) over (partition by payee, amount) <= $habit
    ) d""",
)

ON_DAYS_OFF = Rule(
    "days_off",
    _("Dated on a day off"),
    _(
        "An invoice of at least %(at_least)s kronor dated on a Saturday, a Sunday or a holiday. The first and the last day of a "
        "month are left out: machines send invoices then."
    ),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK, DAYS_OFF),
    parameters=(Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(10_000)),),
    is_of_invoice=True,
    sql=f"""
    select {_DOCUMENT}, struct_pack({_FACTS}) as facts, d.lines as rows, d.amount as amount
    from (
        select * from {_BOUGHT} and amount >= $at_least and day(day) > 1 and day <> last_day(day)
            and (isodow(day) > 5 or day in (select day from days_off))
    ) d""",
)

CONSECUTIVE = Rule(
    "consecutive_numbers",
    _("Consecutive invoice numbers"),
    _(
        "At least %(count)s invoices over %(days)s days or more, whose numbers follow on each other: the municipality seems to "
        "be the only customer."
    ),
    needs=("ledger",),
    relations=(DOCUMENTS,),
    parameters=(
        Parameter("count", _("Number of invoices at least"), ParameterType.COUNT, 6),
        Parameter("days", _("Days from the first to the last"), ParameterType.DAYS, 60),
        Parameter("share", _("Share of the steps that are one"), ParameterType.SHARE, 0.8),
    ),
    weight=2,
    sql="""
    with numbers as (
        select payee, try_cast(number as bigint) as place, any_value(payee_name) as payee_name, min(day) as day,
            sum(amount) as amount, flatten(list(lines)) as lines
        from documents where try_cast(number as bigint) is not null and day is not null group by payee, place
    ),
    steps as (select *, place - lag(place) over (partition by payee order by place) as step from numbers)
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(count := count(*), first_number := min(place), last_number := max(place), first_day := min(day),
            last_day := max(day)) as facts,
        flatten(list(lines)) as rows, sum(amount) as amount
    from steps group by payee
    having count(*) >= $count and max(day) - min(day) >= $days and count(*) filter (step = 1) >= $share * (count(*) - 1)""",
)

DEVIATING = Rule(
    "deviating_amount",
    _("Amount far above the supplier's usual"),
    _(
        "An invoice of at least %(at_least)s kronor, more than %(factor)s times the payee's median and %(spread)s times its "
        "usual spread above it, among at least %(count)s invoices."
    ),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK),
    parameters=(
        Parameter("count", _("Number of invoices at least"), ParameterType.COUNT, 8),
        Parameter("spread", _("Times the usual spread"), ParameterType.COUNT, 6),
        Parameter("factor", _("Times the median"), ParameterType.COUNT, 3),
        Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(20_000)),
    ),
    weight=2,
    is_of_invoice=True,
    # 1.4826 makes the median of absolute deviations comparable with a standard deviation.
    sql=f"""
    with bought as (select * from {_BOUGHT}),
    usual as (
        select payee, median(amount) as middle, mad(amount) as spread from bought
        where payee in (select payee from bought where amount >= $at_least) group by payee having count(*) >= $count
    )
    select {_DOCUMENT}, struct_pack({_FACTS}, median := round(u.middle, 2)) as facts, d.lines as rows, d.amount as amount
    from bought d join usual u using (payee)
    where d.amount >= $at_least and d.amount > $factor * u.middle and d.amount > u.middle + $spread * 1.4826 * u.spread""",
)

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
    is_of_invoice=True,
    sql=f"""
    with owners as (
        select distinct {_ACCOUNTS} as account, coalesce(identity, supplier_number) as owner, name from suppliers
    ),
    own as (
        select account, list(owner) as owners, list_sort(list(distinct name)) as names from owners where account is not null
        group by account having count(distinct owner) <= $habit
    )
    select {_DOCUMENT}, struct_pack({_FACTS}, account := d.payee_account, account_of := o.names) as facts, d.lines as rows,
        d.amount as amount
    from (select * from {_BOUGHT}) d join own o on d.payee_account = o.account and not list_contains(o.owners, d.payee)
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
    is_of_invoice=True,
    sql=f"""
    with paid as (
        select *, count(*) over earlier as earlier,
            row_number() over (partition by payee, payee_account order by day, id) as place
        from {_BOUGHT} and payee_account is not null
        window earlier as (partition by payee order by day, id rows between unbounded preceding and 1 preceding)
    )
    select {_DOCUMENT}, struct_pack({_FACTS}, account := d.payee_account) as facts, d.lines as rows, d.amount as amount
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
        flatten(list(d.lines)) as rows, sum(d.amount) as amount
    from (select * from {_BOUGHT}) d join changes c on d.payee = c.identity
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

PACK = Pack(
    "payments",
    _("Payments in order"),
    (*DOUBLE_RULES, SPLIT, ROUND, ON_DAYS_OFF, CONSECUTIVE, DEVIATING, OF_ANOTHER, NEW_ACCOUNT, CHANGED_BEFORE, SHARED),
)
