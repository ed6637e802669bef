"""Evidence: files that back a follow-up's result, or what a check came to.

`attach` and `detach` are verbs like those of controls.follow_ups.verbs; those of checks are in controls.checks.evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

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


def checked(upload: UploadedFile) -> CheckedFile:
    """Look at a file before it is kept as evidence. Raises ValidationError for one that is not accepted."""
    return check_file(upload, largest=settings.EVIDENCE_MAX_BYTES)


def keep(evidence: Evidence, found: CheckedFile, *, among: QuerySet[Evidence], by: Author, reason: str) -> None:
    """Inside the verb's transaction: writes the file and its row. Raises ValidationError when it is there already."""
    same = among.filter(sha256=found.sha256).first()
    if same is not None:
        raise refusal(_("%(name)s is attached already, as %(there)s. Nothing was added."), found.name, there=same.name)
    evidence.name, evidence.size, evidence.sha256 = found.name, found.size, found.sha256
    evidence.uploaded_by, evidence.uploaded_at = by.user, clock.now()
    found.upload.seek(0)
    evidence.file.save(found.name, found.upload, save=False)
    save_with_history(evidence, by=by, reason=reason.strip() or _("Evidence added"))


def added(found: CheckedFile) -> str:
    """What the history of the record says that the file was added to."""
    return _("Evidence added: %(name)s") % {"name": found.name}


def remove(evidence: Evidence, *, among: QuerySet[Evidence], by: Author, reason: str) -> str:
    """Inside the verb's transaction: removes the row, and the file once that is committed; gives what the history says."""
    gone = among.filter(pk=evidence.pk).first()
    if gone is None:
        raise ValidationError(_("%(name)s has been removed already.") % {"name": evidence.name})
    storage, path = gone.file.storage, str(gone.file.name)
    sign(gone, by=by, reason=reason)
    gone.delete()
    transaction.on_commit(lambda: storage.delete(path))
    return _("Evidence removed: %(name)s. %(reason)s") % {"name": evidence.name, "reason": reason}


@contextmanager
def no_file_left_behind(evidence: Evidence) -> Iterator[None]:
    """Around the verb: when its row is rolled back, the file must not stay without one."""
    try:
        yield
    except BaseException:
        if evidence.file.name:
            with suppress(OSError):
                evidence.file.storage.delete(evidence.file.name)
        raise
