"""Documents of a ledger, and payments that seem to be made twice, netted of credit notes and corrections.

A ledger has a row for each accounting line. Lines of one payee, invoice, voucher and day are one document; without a voucher,
lines of one payee, invoice and day. A later document is suspected when it repeats an earlier one. What credit notes and
corrections have given back is taken away before anything is told:

- under the same invoice number: all that was credited there;
- under another number: a credit note of the same amount, on the first document's day or later, each for one suspected
  document (as brackets match: the nearest one before it); or credit notes that together are all that is left of the payee's.

An invoice number that recurs more often than `habit` is a reference, not a number of one invoice. Two invoices of one day and
amount whose numbers follow closely on each other are two invoices.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.rule import Parameter, ParameterType, Relation

MASKED = "(starts_with(supplier_name, '[') or contains(lower(supplier_name), 'personuppgift'))"
"""In SQL: the payee's name is masked, as that of a private person."""
TOTAL = (
    "trim(lower(coalesce(supplier_name, voucher, ''))) in "
    "('summa', 'summa totalt', 'delsumma', 'slutsumma', 'totalt', 'total', 'totalsumma')"
)
"""In SQL: the row says that it is a sum of others."""

MASTERS = Relation(
    "masters",
    needs=("ledger",),
    helped_by="suppliers",
    sql="select supplier_number, any_value(identity) as identity, any_value(name) as name from suppliers "
    "where identity_is_valid and supplier_number in (select supplier_id from ledger where identity is null) "
    "group by supplier_number having count(distinct identity) = 1",
    sql_without="select null::varchar as supplier_number, null::varchar as identity, null::varchar as name where false",
)
"""Whose each supplier number in the ledger is, by the supplier master if there is one: a supplier may have several numbers."""

LINES = Relation(
    "lines",
    needs=("ledger",),
    after=(MASTERS,),
    is_view=True,
    sql=f"""
    select l.* replace (coalesce(l.identity, l.supplier_id) as supplier_id),
        coalesce(l.identity, m.identity, l.supplier_id, l.supplier_name) as payee,
        coalesce(l.supplier_name, m.name) as payee_name,
        hash(payee, l.supplier_id, voucher, invoice, day,
            case when voucher is null and coalesce(invoice, '-') = '-' then row end) as document
    from ledger l left join masters m on case when l.identity is null then l.supplier_id end = m.supplier_number
    where l.amount is not null and payee is not null
        and (l.identity is not null or not (coalesce({MASKED}, false) or {TOTAL}))""",
)
"""The ledger's lines with their payee; lines of one document have the same mark."""

SUMS = Relation(
    "sums",
    needs=("ledger",),
    after=(LINES,),
    sql="select document, min(row) as id, sum(amount) as amount from lines group by document",
)

DOCUMENTS = Relation(
    "documents",
    needs=("ledger",),
    after=(SUMS,),
    # Texts are taken from the first line: a group that keeps them needs too much memory. The sign of a missing number differs:
    # '-' and blanks leave nothing. O and 0 are one; leading zeros are none.
    sql="""
    select s.id, s.document, s.amount, l.payee, l.payee_name, l.supplier_id, l.voucher, l.invoice, l.day, l.unit_name,
        l.payee_account, l.agreement, nullif(ltrim(translate(upper(l.invoice), 'O -./_:#', '0'), '0'), '') as number
    from lines l join sums s on l.row = s.id""",
)
"""One row a document: id (its first row), document (the mark of its lines), payee, number (the bare invoice number), amount."""

ROWS_OF_DOCUMENTS = """
    select d.id, list(l.row order by l.row) from lines l
    join (select id, document from documents where id in (select unnest(string_split($ids, ' '))::bigint)) d using (document)
    group by d.id"""

DAYS = Parameter("days", _("Days between the two"), ParameterType.DAYS, 60)
FEE_FROM = Parameter("fee_from", _("Reminder fee from"), ParameterType.AMOUNT, Decimal(50))
FEE_TO = Parameter("fee_to", _("Reminder fee to"), ParameterType.AMOUNT, Decimal(250))
AT_LEAST = Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, Decimal(1000))
HABIT = Parameter("habit", _("More often than this is a habit"), ParameterType.COUNT, 4)
DOUBLE_PARAMETERS = (DAYS, FEE_FROM, FEE_TO, AT_LEAST, HABIT)

DOUBLES = Relation(
    "doubles",
    needs=("ledger",),
    after=(DOCUMENTS,),
    sql="""
    with bought as (select * from documents where amount > 0 and day is not null),
    repeated as (
        select payee, number from bought where number is not null group by all having count(*) between 2 and $habit
    ),
    same_amount as (
        select payee, day, amount, unit_name from bought where amount >= $at_least
        group by payee, day, amount, unit_name having count(*) = 2
        qualify count(*) over (partition by payee) <= $habit
    ),
    pairs as (
        select s.id, f.id as first, s.payee, s.number, s.day, s.amount, f.day as first_day, f.amount as first_amount,
            f.number as first_number, case
                when s.supplier_id <> f.supplier_id then 'other_supplier'
                when s.amount > f.amount then 'reminder'
                when s.invoice <> f.invoice then 'other_form'
                when s.day = f.day then 'same_day'
                else 'other_day' end as reason
        from bought s join repeated using (payee, number) join bought f using (payee, number)
        where (f.day, f.id) < (s.day, s.id) and s.day - f.day <= $days
            and (s.amount = f.amount or s.amount - f.amount between $fee_from and $fee_to)
        union all
        select s.id, f.id, s.payee, s.number, s.day, s.amount, f.day, f.amount, f.number, 'other_number'
        from bought s join same_amount a on s.payee = a.payee and s.day = a.day and s.amount = a.amount
                and s.unit_name is not distinct from a.unit_name
            join bought f on f.payee = a.payee and f.day = a.day and f.amount = a.amount
                and f.unit_name is not distinct from a.unit_name
        where f.id < s.id and s.number <> f.number
            and coalesce(abs(try_cast(s.number as hugeint) - try_cast(f.number as hugeint)) > 20, true)
    ),
    suspects as (
        select id, min(first) as first, any_value(payee) as payee, any_value(number) as number, any_value(day) as day,
            any_value(amount) as amount, min(first_day) as first_day, arg_min(first_amount, first) as first_amount,
            arg_min(first_number, first) as first_number, list_sort(list(distinct reason)) as reasons
        from pairs group by id
    ),
    nets as (
        select payee, number, sum(amount) as net, coalesce(sum(amount) filter (amount < 0), 0) as credited,
            count(*) filter (amount > 0) > 0 as is_bought
        from documents where number is not null and payee in (select payee from suspects) group by all
    ),
    left_of_number as (
        select s.*, case when reasons = ['other_number'] then
                case when coalesce(n.net, s.amount) >= s.amount and coalesce(f.net, s.amount) >= s.amount then s.amount else 0 end
            else sum(s.amount) over same + n.credited - coalesce(sum(s.amount) over earlier, 0) end as remaining
        from suspects s left join nets n on s.payee = n.payee and s.number = n.number
            left join nets f on s.payee = f.payee and s.first_number = f.number
        window same as (partition by s.payee, s.number, s.reasons = ['other_number']),
            earlier as (partition by s.payee, s.number, s.reasons = ['other_number'] order by s.day, s.id
                rows between unbounded preceding and 1 preceding)
    ),
    standing as (
        select * replace (least(remaining, amount) as remaining) from left_of_number where remaining > amount - first_amount
    ),
    credits as (
        select d.id, d.payee, d.day, -d.amount as amount
        from documents d left join nets n on d.payee = n.payee and d.number = n.number
        where d.amount < 0 and not coalesce(n.is_bought, false) and d.payee in (select payee from standing)
    ),
    brackets as (
        select id, payee, remaining as amount, first_day as day, 1 as sign from standing
        union all select id, payee, amount, day, -1 from credits
    ),
    levels as (
        select *, sum(sign) over (partition by payee, amount order by day, sign desc, id) as level from brackets
    ),
    matched as (
        select id, sign from levels
        qualify sign = 1 and min(level) over (partition by payee, amount order by day, sign desc, id
            rows between 1 following and unbounded following) < level
    ),
    unmatched as (select * from standing where id not in (select id from matched)),
    together as (
        select payee from (select payee, sum(remaining) as remaining, min(first_day) as since from standing group by payee) s
        where remaining = (select sum(amount) from credits c where c.payee = s.payee and c.day >= s.since)
    )
    select u.id, u.first, u.reasons, u.remaining from unmatched u where payee not in (select payee from together)""",
)
"""Documents that repeat an earlier one, once each, with all reasons and what is left of the amount after credits."""

GIVEN_BACK = Relation(
    "given_back",
    needs=("ledger",),
    after=(DOCUMENTS,),
    sql="""
    with credits as (select id, payee, number, day, -amount as amount from documents where amount < 0),
    bought as (
        select id, payee, number, day, amount from documents
        where amount > 0 and (payee, amount) in (select (payee, amount) from credits)
    ),
    numbered as (
        select b.id, c.id as credit
        from (select *, row_number() over (partition by payee, number, amount order by day desc, id desc) as place from bought) b
        join (select *, row_number() over (partition by payee, number, amount order by day, id) as place from credits) c
            using (payee, number, amount, place)
    ),
    brackets as (
        select id, payee, amount, day, 1 as sign from bought where id not in (select id from numbered)
        union all select id, payee, amount, day, -1 from credits where id not in (select credit from numbered)
    ),
    levels as (select *, sum(sign) over (partition by payee, amount order by day, sign desc, id) as level from brackets)
    select id from numbered
    union all
    select id from levels
    qualify sign = 1 and min(level) over (partition by payee, amount order by day, sign desc, id
        rows between 1 following and unbounded following) < level""",
)
"""Documents whose whole amount was given back: under their number, or by the nearest credit note of that amount after them."""
