"""Paid twice: the rules on documents that repeat an earlier one, netted of credit notes and corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from controls.monitoring.rules.netting import DOUBLE_PARAMETERS, DOUBLES
from controls.monitoring.rules.packs.payments.documents import DOCUMENT, FACTS
from controls.monitoring.rules.rule import Rule

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _double(reason: str, label: StrPromise, sentence: StrPromise, weight: int) -> Rule:
    return Rule(
        f"double_{reason}",
        label,
        sentence,
        needs=("ledger",),
        relations=(DOUBLES,),
        parameters=DOUBLE_PARAMETERS,
        weight=weight,
        names_documents=True,
        is_of_invoice=True,
        sql=f"""
        select {DOCUMENT}, struct_pack({FACTS}, earlier_invoice := e.invoice, earlier_day := e.day,
                earlier_voucher := e.voucher, paid := d.amount) as facts,
            [e.id, d.id] as rows, s.remaining as amount
        from doubles s join documents d on s.id = d.id join documents e on s.first = e.id
        where list_contains(s.reasons, '{reason}')""",
    )


RULES = (
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
