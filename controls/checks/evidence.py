"""Attach and detach the files that back the result of a single check.

Verbs like those of controls.checks.verbs; they raise the same errors.
"""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from controls.checks.verbs import CHECKS
from controls.evidence.files import addition_reason, check_upload, keep, no_file_left_behind, remove
from controls.follow_ups.performing import take_on
from controls.models import Check, Evidence, SampleItem
from riskreg.models import User
from riskreg.web.accepted_files import CheckedFile


def attach_to_check(
    check: Check,
    *,
    by: User,
    file: UploadedFile | CheckedFile,
    reason: str = "",
    version: int | None = None,
    item: SampleItem | None = None,
) -> Evidence:
    """Store the file as evidence of the check, of one sampled item when it is given; this starts the check.

    Raises also ValidationError for a file that is not accepted or that is there already.
    """
    found = file if isinstance(file, CheckedFile) else check_upload(file)
    evidence = Evidence(occasion=check, item=item)
    with no_file_left_behind(evidence), CHECKS.open(check, "attach", by=by, reason=reason, version=version) as turn:
        keep(evidence, found, among=turn.row.evidence.all(), by=turn.author, reason=reason)
        take_on(turn.row, by)
        turn.save(reason=reason.strip() or addition_reason(found))
    return evidence


def detach_from_check(evidence: Evidence, *, by: User, reason: str, version: int | None = None) -> None:
    """Remove evidence before the check is recorded. The history keeps its name, hash, who and why."""
    assert evidence.occasion is not None
    with CHECKS.open(evidence.occasion, "detach", by=by, reason=reason, version=version) as turn:
        turn.save(reason=remove(evidence, among=turn.row.evidence.all(), by=turn.author, reason=reason.strip()))
