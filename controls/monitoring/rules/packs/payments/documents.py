"""Parts of the payments' queries: which documents they look at, and what they tell of one."""

from __future__ import annotations

BOUGHT = "documents where amount > 0 and day is not null and id not in (select id from given_back)"
DOCUMENT = "d.payee as subject, d.payee_name as subject_name"
FACTS = "invoice := d.invoice, day := d.day, voucher := d.voucher, unit := d.unit_name"
