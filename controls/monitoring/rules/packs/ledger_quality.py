"""Ledger quality: what keeps the other rules from seeing, one hit a payee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import MASKED, TOTAL
from controls.monitoring.rules.rule import Pack, Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_PAYEE = "coalesce(identity, supplier_id, supplier_name, voucher, 'row ' || row)"


def _by_payee(code: str, where: str, label: StrPromise, sentence: StrPromise, weight: int = 1) -> Rule:
    return Rule(
        code,
        label,
        sentence,
        needs=("ledger",),
        weight=weight,
        sql=f"select {_PAYEE} as subject, any_value(supplier_name) as subject_name, struct_pack(count := count(*)) as facts, "
        f"list(row) as rows, sum(amount) as amount from ledger where {where} group by {_PAYEE}",
    )


WRONG_IDENTITY = _by_payee(
    "ledger_wrong_identity",
    "identity is null and regexp_full_match(translate(upper(supplier_id), ' -', ''), '(SE)?[0-9]{9,12}')",
    _("Wrong organisation number in the ledger"),
    _("A number as long as an organisation number that is none: a digit is wrong, missing or too much."),
    2,
)
NO_IDENTITY = _by_payee(
    "ledger_no_identity",
    f"supplier_id is null and supplier_name is not null and not {MASKED} and not {TOTAL}",
    _("Payee without number"),
    _("A payee that is only named: neither organisation number nor supplier number."),
)
NO_INVOICE = _by_payee(
    "ledger_no_invoice",
    "invoice is null or trim(invoice) in ('', '-', '0')",
    _("No invoice number"),
    _("Lines without invoice number: a payment made twice cannot be seen among them."),
)
NO_DAY = _by_payee("ledger_no_day", "day is null", _("No date"), _("Lines without a date that can be read."))
FUTURE_DAY = _by_payee("ledger_future_day", "day > $today", _("Date to come"), _("Lines with a date that has not come yet."))
NO_AMOUNT = _by_payee(
    "ledger_no_amount", "coalesce(amount, 0) = 0", _("No amount"), _("Lines without an amount, or with an amount of zero.")
)
TOTALS = _by_payee(
    "ledger_totals",
    TOTAL,
    _("Rows that are totals"),
    _("Rows that say that they are sums of others: every sum becomes too large."),
    2,
)

DUPLICATE_ROWS = Rule(
    "ledger_duplicate_rows",
    _("The same row twice"),
    _("Rows that are the same in every column: the file may hold a period twice."),
    needs=("ledger",),
    sql="select coalesce(identity, supplier_id, supplier_name, voucher) as subject, supplier_name as subject_name, "
    "struct_pack(voucher := voucher, invoice := invoice, day := day, count := count(*)) as facts, list(row) as rows, "
    "amount * (count(*) - 1) as amount from ledger "
    "group by buyer_identity, buyer, voucher, supplier_name, supplier_id, identity, account, account_text, amount, day, "
    "unit_name, invoice, reason, agreement, payee_account having count(*) > 1 and amount is not null",
)

MASKED_PERSONS = Rule(
    "ledger_masked",
    _("Masked private persons"),
    _("Lines whose payee is masked: no rule can look at them."),
    needs=("ledger",),
    sql="select supplier_name as subject, supplier_name as subject_name, struct_pack(count := count(*)) as facts, "
    f"list(row) as rows, sum(amount) as amount from ledger where supplier_name is not null and {MASKED} group by supplier_name",
)

PACK = Pack(
    "ledger_quality",
    _("Ledger quality"),
    (WRONG_IDENTITY, NO_IDENTITY, NO_INVOICE, NO_DAY, FUTURE_DAY, NO_AMOUNT, TOTALS, DUPLICATE_ROWS, MASKED_PERSONS),
)
