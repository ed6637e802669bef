"""Attach and detach the files that back a follow-up.

Verbs like those of controls.follow_ups.verbs; they raise the same errors.
"""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from controls.evidence.files import addition_reason, check_upload, keep, no_file_left_behind, remove
from controls.follow_ups.gate import FOLLOW_UPS
from controls.follow_ups.performing import take_on
from controls.models import Evidence, FollowUp, SampleItem
from riskreg.models import User
from riskreg.web.accepted_files import CheckedFile


def attach(
    follow_up: FollowUp,
    *,
    by: User,
    file: UploadedFile | CheckedFile,
    note: str = "",
    reason: str = "",
    item: SampleItem | None = None,
) -> Evidence:
    """Store the file as evidence, of one sampled item when it is given; this starts a planned follow-up.

    Raises what the verbs raise, and ValidationError for a file that is not accepted or that is there already.
    """
    found = file if isinstance(file, CheckedFile) else check_upload(file)
    evidence = Evidence(follow_up=follow_up, item=item, note=note.strip()[:300])
    with no_file_left_behind(evidence), FOLLOW_UPS.open(follow_up, "attach", by=by, reason=reason) as turn:
        keep(evidence, found, among=turn.row.evidence.all(), by=turn.author, reason=reason)
        take_on(turn.row, by)
        turn.row.last_edited_by = by
        turn.save(reason=reason.strip() or addition_reason(found))
    return evidence


def detach(evidence: Evidence, *, by: User, reason: str) -> None:
    """Remove evidence while the follow-up is open.

    The history keeps its name, hash, who and why; the file is deleted once the change is committed.
    """
    assert evidence.follow_up is not None
    with FOLLOW_UPS.open(evidence.follow_up, "detach", by=by, reason=reason) as turn:
        text = remove(evidence, among=turn.row.evidence.all(), by=turn.author, reason=reason.strip())
        turn.row.last_edited_by = by
        turn.save(reason=text)
