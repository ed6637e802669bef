"""Evidence: files that back a follow-up's result, or what a check came to.

`attach` and `detach` are verbs like those of controls.follow_ups.verbs; those of checks are in controls.checks.evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from controls.evidence import file_kinds
from controls.models import Evidence
from riskreg import clock
from riskreg.models.author import Author
from riskreg.models.history import save_with_history, sign
from riskreg.web.uploads import plain_name


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An upload that may be kept: allowed by name, content and size, with its hash."""

    upload: UploadedFile
    name: str
    size: int
    sha256: str


def checked(upload: UploadedFile) -> CheckedFile:
    """Reads the upload once, piece by piece. Raises ValidationError that names the file, what is wrong, what is allowed."""
    name = plain_name(upload.name or "")
    limit: int = settings.EVIDENCE_MAX_BYTES
    if (upload.size or 0) > limit:
        raise _refusal(
            _("%(name)s is %(size)s. A file may be at most %(limit)s."),
            name,
            size=filesizeformat(upload.size or 0),
            limit=filesizeformat(limit),
        )
    digest, size = hashlib.sha256(), 0
    for piece in upload.chunks():
        digest.update(piece)
        size += len(piece)
    if size == 0:
        raise _refusal(_("%(name)s is empty."), name)
    try:
        file_kinds.recognised(name, upload)
    except file_kinds.UnknownKind:
        allowed = ", ".join(extension.removeprefix(".") for extension in file_kinds.EXTENSIONS)
        raise _refusal(_("%(name)s is of a kind that is not accepted. Allowed: %(allowed)s."), name, allowed=allowed) from None
    except file_kinds.NotWhatItSays:
        raise _refusal(
            _("%(name)s does not contain what its name says (%(extension)s), or contains macros or scripts."),
            name,
            extension=PurePath(name).suffix.lower().removeprefix("."),
        ) from None
    return CheckedFile(upload, name, size, digest.hexdigest())


def keep(evidence: Evidence, found: CheckedFile, *, among: QuerySet[Evidence], by: Author, reason: str) -> None:
    """Inside the verb's transaction: writes the file and its row. Raises ValidationError when it is there already."""
    same = among.filter(sha256=found.sha256).first()
    if same is not None:
        raise _refusal(_("%(name)s is attached already, as %(there)s. Nothing was added."), found.name, there=same.name)
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


def _refusal(message: str, name: str, **params: object) -> ValidationError:
    return ValidationError(message, params={"name": name, **params})
