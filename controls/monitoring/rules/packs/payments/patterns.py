"""Out of the ordinary: split, round, on days off, numbered in sequence, far above the usual."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import DOCUMENTS, GIVEN_BACK
from controls.monitoring.rules.packs.payments.documents import BOUGHT, DOCUMENT, FACTS
from controls.monitoring.rules.rule import Parameter, ParameterType, Relation, Rule

DAYS_OFF = Relation("days_off", needs=("ledger",), sql="select unnest(string_split($days_off, ' '))::date as day")
SPLIT = Rule(
    "split_purchases",
    _("Split just under a limit"),
    _("Several invoices of one payee just under %(ceiling)s kronor within %(days)s days, together above it."),
    needs=("ledger",),
    relations=(DOCUMENTS, GIVEN_BACK),
    names_documents=True,
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
        from {BOUGHT} and amount < $ceiling and amount >= $ceiling * (1 - $band)
    ),
    runs as (
        select *, count(*) filter (coalesce(gap, $days + 1) > $days) over (partition by payee order by day, id) as run from near
    )
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(count := count(*), first_day := min(day), last_day := max(day), invoices := list(invoice order by day, id),
            units := list_sort(list(distinct unit_name))) as facts,
        list(id) as rows, sum(amount) as amount
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
    names_documents=True,
    is_of_invoice=True,
    sql=f"""
    select {DOCUMENT}, struct_pack({FACTS}) as facts, [d.id] as rows, d.amount as amount
    from (
        select * from {BOUGHT} and amount >= $at_least and amount % $multiple = 0
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
    names_documents=True,
    is_of_invoice=True,
    sql=f"""
    select {DOCUMENT}, struct_pack({FACTS}) as facts, [d.id] as rows, d.amount as amount
    from (
        select * from {BOUGHT} and amount >= $at_least and day(day) > 1 and day <> last_day(day)
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
    names_documents=True,
    parameters=(
        Parameter("count", _("Number of invoices at least"), ParameterType.COUNT, 6),
        Parameter("days", _("Days from the first to the last"), ParameterType.DAYS, 60),
        Parameter("share", _("Share of the steps that are one"), ParameterType.SHARE, 0.8),
    ),
    weight=2,
    sql="""
    with numbers as (
        select payee, try_cast(number as bigint) as place, any_value(payee_name) as payee_name, min(day) as day,
            sum(amount) as amount, list(id) as ids
        from documents where try_cast(number as bigint) is not null and day is not null group by payee, place
    ),
    steps as (select *, place - lag(place) over (partition by payee order by place) as step from numbers)
    select payee as subject, any_value(payee_name) as subject_name,
        struct_pack(count := count(*), first_number := min(place), last_number := max(place), first_day := min(day),
            last_day := max(day)) as facts,
        flatten(list(ids)) as rows, sum(amount) as amount
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
    names_documents=True,
    is_of_invoice=True,
    # 1.4826 makes the median of absolute deviations comparable with a standard deviation.
    sql=f"""
    with bought as (select * from {BOUGHT}),
    usual as (
        select payee, median(amount) as middle, mad(amount) as spread from bought
        where payee in (select payee from bought where amount >= $at_least) group by payee having count(*) >= $count
    )
    select {DOCUMENT}, struct_pack({FACTS}, median := round(u.middle, 2)) as facts, [d.id] as rows, d.amount as amount
    from bought d join usual u using (payee)
    where d.amount >= $at_least and d.amount > $factor * u.middle and d.amount > u.middle + $spread * 1.4826 * u.spread""",
)

RULES = (SPLIT, ROUND, ON_DAYS_OFF, CONSECUTIVE, DEVIATING)
