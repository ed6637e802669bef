"""The heads of the audit trail that reports and letters state: each must be in the chain as long as there is a register."""

from __future__ import annotations

from collections.abc import Iterator

from controls.models import Digest, HandedInReport
from riskreg.trail.findings import Kind
from riskreg.trail.remembered import Remembered, remember


def register() -> None:
    """Register the reports and the letters; called once, when the app is ready."""
    remember(_heads_of_reports)
    remember(_heads_of_letters)


def _heads_of_reports() -> Iterator[Remembered]:
    """Yield the heads of reports, read from the reports and from their history, where deleted ones are, too."""
    label = HandedInReport._meta.label_lower
    rows = HandedInReport.history.exclude(trail_head="").order_by("history_id")
    told = set()
    for record, history_id, head in rows.values_list("id", "history_id", "trail_head").iterator():
        if (record, head) not in told:
            told.add((record, head))
            yield Remembered(head, label, str(record), history_id, Kind.HEAD_STATED)
    for record, head in HandedInReport.objects.exclude(trail_head="").order_by("pk").values_list("pk", "trail_head"):
        if (record, head) not in told:
            yield Remembered(head, label, str(record), kind=Kind.HEAD_STATED)


def _heads_of_letters() -> Iterator[Remembered]:
    """Yield the heads that the weekly letters told, as long as the ledger keeps the letters."""
    told = Digest.objects.exclude(trail_head="").order_by("trail_head").values_list("trail_head", flat=True).distinct()
    for head in told.iterator():
        yield Remembered(head, kind=Kind.HEAD_LETTER)
