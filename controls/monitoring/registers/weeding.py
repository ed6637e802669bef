"""Weeding of snapshots (gallring): the file is deleted when the register's time is over; what it was stays in the history."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from controls.models import Register, RegisterSnapshot
from riskreg.models.history import sign
from riskreg.months import months_after

_KEPT = ("rows", "distinct_keys", "duplicate_keys", "invalid_identities")
"""Of what was found the numbers, which quote no cell."""


def weed_due(now: datetime) -> int:
    """Weed every taken snapshot that is older than its register keeps them; return their number."""
    due = [
        pk
        for register in Register.objects.filter(snapshots__state=RegisterSnapshot.State.TAKEN).distinct()
        for pk in _due_of(register, now).values_list("pk", flat=True)
    ]
    return sum(weed_snapshot(pk, now=now) for pk in due)


def _due_of(register: Register, now: datetime) -> models.QuerySet[RegisterSnapshot]:
    return register.snapshots.taken().filter(as_of__lt=months_after(now.date(), -register.retention_months))


def weed_snapshot(snapshot_id: int, *, now: datetime) -> bool:
    """Weed one, once; return False when it is weeded already, or its time is not over."""
    with translation.override("sv"), transaction.atomic():
        # The calendar's, no verb's.
        taken = RegisterSnapshot.objects.taken().select_for_update(of=("self",)).select_related("register")
        row = taken.filter(pk=snapshot_id).first()
        if row is None or not _due_of(row.register, now).filter(pk=row.pk).exists():
            return False
        path, storage = str(row.file.name or ""), row.file.storage
        row.file.name, row.state, row.weeded_at = "", RegisterSnapshot.State.WEEDED, now
        row.facts = {name: value for name, value in row.facts.items() if name in _KEPT}
        sign(row, by=None, reason=_("Weeded: kept for %(months)d months") % {"months": row.register.retention_months})
        row.save()
        if path:
            transaction.on_commit(lambda: storage.delete(path))
    return True
