"""Weeding of populations (gallring): the file is deleted, and the items' personal data, in the history too.

What stays proves what was done: the population's hash and counts, the record of the draw with its hash, every outcome and
its history, and the keys; of keys that are personal data, their salted hashes (the salts are forgotten with them, so that
nobody can guess a key from its hash). The trail says what was weeded, when and why (riskreg.trail.weeding).
"""

from __future__ import annotations

import json
from datetime import datetime

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from controls.models import Population, SampleItem
from riskreg.models import User
from riskreg.models.history import sign
from riskreg.trail.weeding import weed

AUTHOR = "Riskreg"
"""The author of weeding by the calendar: nobody's account."""


def weed_due(now: datetime) -> int:
    """Weed every locked population whose time is over and that no legal hold keeps; return their number."""
    due = list(Population.objects.due_for_weeding(now.date()).values_list("pk", flat=True))
    return sum(weed_population(pk, now=now) for pk in due)


def weed_population(population_id: int, *, now: datetime) -> bool:
    """Weed one, once; return False when it is weeded already, on hold, or its time is not over."""
    with translation.override("sv"), transaction.atomic():
        # The calendar's, no verb's.
        row = (
            (Population.objects.due_for_weeding(now.date()).select_for_update(of=("self",)).select_related("control"))
            .filter(pk=population_id)
            .first()
        )
        if row is None or row.runs.open().exists():
            return False
        reason = _("Retention time over on %(day)s") % {"day": row.retained_until}
        path, storage = str(row.file.name or ""), row.file.storage
        _weed_items(row, reason=reason, now=now)
        row.file.name, row.state, row.weeded_at = "", Population.State.WEEDED, now
        row.profile = {name: value for name, value in row.profile.items() if name not in {"checked"}} | _counts(row)
        _save(row, reason=reason)
        if path:
            transaction.on_commit(lambda: storage.delete(path))
    return True


def _counts(row: Population) -> dict[str, object]:
    """Return the numbers of the last check alone: its problems may quote cells, and groups may be names."""
    checked = row.profile.get("checked", {})
    kept = {name: value for name, value in checked.items() if name not in {"problems", "strata", "questions"}}
    if row.stratum_column not in row.personal_columns:
        kept["strata"] = checked.get("strata", [])
    return {"checked": kept}


def _weed_items(row: Population, *, reason: str, now: datetime) -> None:
    personal, key_is_personal = set(row.personal_columns), row.key_is_personal
    columns = ["values"]
    if key_is_personal:
        columns += ["key", "ticket", "salt", "row_number"]
    if row.amount_column in personal:
        columns.append("amount")
    if row.stratum_column in personal:
        columns.append("stratum")
    # The calendar's, no verb's: companions of the population.
    items = list(SampleItem.objects.select_for_update(of=("self",)).filter(sample__population=row))
    before = list(SampleItem.history.filter(sample__in=row.samples.all()).values_list("history_id", flat=True))
    for item in items:
        item.values = json.dumps({name: cell for name, cell in item.cells.items() if name not in personal}, ensure_ascii=False)
        if key_is_personal:
            item.key = item.ticket = item.salt = ""
            item.row_number = None
        if "amount" in columns:
            item.amount = None
        if "stratum" in columns:
            item.stratum = ""
        _save(item, reason=reason)
    if before:
        weed(SampleItem, before, columns, by=User(name=AUTHOR, email="riskreg"), reason=reason, now=now)


def _save(record: models.Model, *, reason: str) -> None:
    """Save the record as changed by nobody: the calendar did it."""
    sign(record, by=None, reason=_("Weeded: %(reason)s") % {"reason": reason})
    record.save()
