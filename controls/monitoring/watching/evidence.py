"""Attach and detach the files that back what is concluded of an alert.

Verbs like those of controls.monitoring.watching.alerts; they raise the same errors.
"""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from controls.evidence.files import addition_reason, check_upload, keep, no_file_left_behind, remove
from controls.models import Alert, Evidence
from controls.monitoring.watching.gate import ALERTS
from riskreg.models import User
from riskreg.web.accepted_files import CheckedFile


def attach_to_alert(alert: Alert, *, by: User, file: UploadedFile | CheckedFile, reason: str = "") -> Evidence:
    """Store the file as evidence of an alert that is open; whoever does begins to examine it, unless somebody has.

    Raises also ValidationError for a file that is not accepted or that is there already.
    """
    found = file if isinstance(file, CheckedFile) else check_upload(file)
    evidence = Evidence(alert=alert)
    with no_file_left_behind(evidence), ALERTS.open(alert, "attach", by=by, reason=reason) as turn:
        keep(evidence, found, among=turn.row.evidence.all(), by=turn.author, reason=reason)
        if turn.row.assignee is None:
            turn.row.assignee = by
        turn.save(reason=reason.strip() or addition_reason(found))
    return evidence


def detach_from_alert(evidence: Evidence, *, by: User, reason: str) -> None:
    """Remove evidence while the alert is examined. The history keeps its name, hash, who and why."""
    assert evidence.alert is not None
    with ALERTS.open(evidence.alert, "detach", by=by, reason=reason) as turn:
        turn.save(reason=remove(evidence, among=turn.row.evidence.all(), by=turn.author, reason=reason.strip()))
