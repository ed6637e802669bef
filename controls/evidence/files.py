"""Evidence: files that back the result of a follow-up or a check.

`attach` and `detach` are verbs like those of controls.follow_ups.verbs; those of checks are in controls.checks.evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from controls.models import Evidence
from riskreg import clock
from riskreg.models.author import Author
from riskreg.models.history import save_with_history, sign
from riskreg.web.accepted_files import CheckedFile, check_file, refusal


def check_upload(upload: UploadedFile) -> CheckedFile:
    """Read the upload once, piece by piece, and check it.

    Raises ValidationError that names the file, what is wrong, what is allowed.
    """
    return check_file(upload, largest=settings.EVIDENCE_MAX_BYTES)


def keep(evidence: Evidence, found: CheckedFile, *, among: QuerySet[Evidence], by: Author, reason: str) -> None:
    """Write the file and its row, inside the verb's transaction.

    Raises ValidationError when it is there already.
    """
    same = among.filter(sha256=found.sha256).first()
    if same is not None:
        raise refusal(_("%(name)s is attached already, as %(there)s. Nothing was added."), found.name, there=same.name)
    evidence.name, evidence.size, evidence.sha256 = found.name, found.size, found.sha256
    evidence.uploaded_by, evidence.uploaded_at = by.user, clock.now()
    found.upload.seek(0)
    evidence.file.save(found.name, found.upload, save=False)
    save_with_history(evidence, by=by, reason=reason.strip() or _("Evidence added"))


def addition_reason(found: CheckedFile) -> str:
    """Return the history's reason on the record that the file was added to."""
    return _("Evidence added: %(name)s") % {"name": found.name}


def remove(evidence: Evidence, *, among: QuerySet[Evidence], by: Author, reason: str) -> str:
    """Delete the row, and the file once that is committed, inside the verb's transaction; return the history's reason."""
    gone = among.filter(pk=evidence.pk).first()
    if gone is None:
        raise ValidationError(_("%(name)s has been removed already.") % {"name": evidence.name})
    storage, path = gone.file.storage, str(gone.file.name)
    sign(gone, by=by, reason=reason)
    gone.delete()
    transaction.on_commit(lambda: storage.delete(path))
    return _("Evidence removed: %(name)s. %(reason)s") % {"name": evidence.name, "reason": reason}


@contextmanager
def no_file_left_behind(record: Any) -> Iterator[None]:
    """Delete the record's file again when its row is rolled back; a context around the verb."""
    try:
        yield
    except BaseException:
        if record.file.name:
            with suppress(OSError):
                record.file.storage.delete(record.file.name)
        raise
