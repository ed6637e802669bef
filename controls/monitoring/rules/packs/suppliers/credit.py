"""What a credit service says of own suppliers: registrations, rating, remarks, debts, and who runs and owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.packs.suppliers.ours import OURS
from controls.monitoring.rules.rule import Parameter, ParameterType, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_NO_AMOUNT = "null::decimal(18, 4) as amount"
_NOW = ("suppliers", "watched")
_CHANGE = ("suppliers", "watched", "watched_before")
_SUBJECT = "select o.identity as subject, o.name as subject_name"
_JOINED = "from ours o join watched w using (identity)"
_BEFORE = f"{_JOINED} join watched_before b using (identity)"
_SCALE = ("AAA", "AA", "A", "B", "C", "D")
"""Ratings from best to worst. Others, as AN for a company too new to be rated, say nothing."""
_STEPS = ", ".join(f"'{rating}'" for rating in _SCALE)


def _step(of: str) -> str:
    return f"nullif(list_position([{_STEPS}], upper(trim({of}))), 0)"


def _people(of: str) -> str:
    return f"list_sort(list_distinct(list_filter([trim(x) for x in regexp_split_to_array(lower({of}), '[,;/|]')], x -> x <> '')))"


def _differ(column: str) -> str:
    """Return in SQL whether a cell names other people than before: their order and the signs between say nothing."""
    now, before = f"w.{column}", f"b.{column}"
    return f"(case when {now} <> {before} then {_people(now)} <> {_people(before)} else false end)"


def _unregistered(code: str, column: str, spared: str, label: StrPromise, sentence: StrPromise, weight: int) -> Rule:
    """Return the rule for a registration that the credit service says is not there."""
    return Rule(
        code,
        label,
        sentence,
        needs=_NOW,
        relations=(OURS,),
        weight=weight,
        sql=f"{_SUBJECT}, struct_pack(name := w.name) as facts, o.lines as rows, {_NO_AMOUNT} {_JOINED} "
        f"where w.{column} = false and not (length(o.identity) = 10 and o.identity[1] in ({spared}))",
    )


# The first digit of an organisation number tells its form: 2 the public sector, 7 economic and 8 non-profit associations.
NO_F_TAX = _unregistered(
    "no_f_tax",
    "f_tax",
    "'2', '8'",
    _("No F-tax"),
    _("A supplier in use is not approved for F-tax. Public bodies and associations are left out."),
    4,
)
NO_VAT = _unregistered(
    "no_vat",
    "vat_registered",
    "'2', '8'",
    _("Not registered for VAT"),
    _("A supplier in use is not registered for VAT. Public bodies and associations are left out."),
    2,
)
NOT_EMPLOYER = _unregistered(
    "not_employer",
    "employer_registered",
    "'2', '8'",
    _("Not registered as employer"),
    _("A supplier in use is not registered as employer. Public bodies and associations are left out."),
    1,
)

RATING_FELL = Rule(
    "rating_fell",
    _("Rating fell"),
    _("The rating is at least %(steps)s steps lower than in the snapshot before."),
    needs=_CHANGE,
    relations=(OURS,),
    parameters=(Parameter("steps", _("Steps at least"), ParameterType.COUNT, 2),),
    weight=3,
    sql=f"{_SUBJECT}, struct_pack(before := b.rating, after := w.rating) as facts, o.lines as rows, {_NO_AMOUNT} {_BEFORE} "
    f"where {_step('w.rating')} - {_step('b.rating')} >= $steps",
)

RATING_LOW = Rule(
    "rating_low",
    _("Low rating"),
    _("The rating of a supplier in use is %(rating)s or worse."),
    needs=_NOW,
    relations=(OURS,),
    parameters=(Parameter("rating", _("Rating that is told, and worse ones"), ParameterType.RATING, "C"),),
    weight=2,
    sql=f"{_SUBJECT}, struct_pack(rating := w.rating) as facts, o.lines as rows, {_NO_AMOUNT} {_JOINED} "
    f"where {_step('w.rating')} >= {_step('$rating')}",
)

NEW_REMARKS = Rule(
    "new_remarks",
    _("New payment remarks"),
    _("More payment remarks than in the snapshot before."),
    needs=_CHANGE,
    relations=(OURS,),
    weight=3,
    sql=f"{_SUBJECT}, struct_pack(before := coalesce(b.remarks, 0), after := w.remarks) as facts, o.lines as rows, "
    f"w.remark_sum as amount {_BEFORE} where w.remarks > coalesce(b.remarks, 0)",
)

NEW_DEBT = Rule(
    "new_debt",
    _("New debt at the Enforcement Authority"),
    _("The debt has grown by at least %(at_least)s kronor since the snapshot before."),
    needs=_CHANGE,
    relations=(OURS,),
    parameters=(Parameter("at_least", _("Amount at least"), ParameterType.AMOUNT, 10_000),),
    weight=3,
    sql=f"{_SUBJECT}, struct_pack(before := coalesce(b.debt, 0), after := w.debt) as facts, o.lines as rows, "
    f"w.debt - coalesce(b.debt, 0) as amount {_BEFORE} where w.debt - coalesce(b.debt, 0) >= $at_least",
)


def _changed(column: str, label: StrPromise, sentence: StrPromise, weight: int) -> Rule:
    return Rule(
        f"{column}_changed",
        label,
        sentence,
        needs=_CHANGE,
        relations=(OURS,),
        weight=weight,
        sql=f"{_SUBJECT}, struct_pack(before := b.{column}, after := w.{column}) as facts, o.lines as rows, {_NO_AMOUNT} "
        f"{_BEFORE} where {_differ(column)}",
    )


BOARD = _changed("board", _("Board changed"), _("The board is another than in the snapshot before."), 2)
SIGNATORIES = _changed("signatories", _("Signatories changed"), _("Other people may sign for the company than before."), 1)
OWNER = _changed("owner", _("Owner changed"), _("The beneficial owner is another than in the snapshot before."), 2)
AUDITOR = _changed("auditor", _("Auditor changed"), _("The auditor is another than in the snapshot before."), 1)

_CHANGES = "list_filter([{}], x -> x is not null)".format(
    ", ".join(f"case when {_differ(column)} then '{column}' end" for column in ("board", "signatories", "owner", "auditor"))
)
SEVERAL = Rule(
    "several_changed",
    _("Several changes at once"),
    _("At least %(count)s of board, signatories, owner and auditor are others than in the snapshot before."),
    needs=_CHANGE,
    relations=(OURS,),
    parameters=(Parameter("count", _("Changes at least"), ParameterType.COUNT, 2),),
    weight=3,
    sql=f"select identity as subject, name as subject_name, struct_pack(changes := changes) as facts, lines as rows, "
    f"{_NO_AMOUNT} from (select o.identity, o.name, o.lines, {_CHANGES} as changes {_BEFORE}) where len(changes) >= $count",
)

RULES = (
    *(NO_F_TAX, NO_VAT, NOT_EMPLOYER, RATING_FELL, RATING_LOW, NEW_REMARKS, NEW_DEBT),
    *(BOARD, SIGNATORIES, OWNER, AUDITOR, SEVERAL),
)
