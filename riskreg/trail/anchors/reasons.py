"""Why a head could not be anchored: stored as a code with what a library or the machine said, shown in the reader's language."""

from __future__ import annotations

import errno
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    NO_ROOTS = "no_roots"
    BAD_ROOTS = "bad_roots"
    SEAL_GONE = "seal_gone"
    SEAL_CHANGED = "seal_changed"
    ONLY_HTTPS = "only_https"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    CONTENT_TYPE = "content_type"
    TOO_LONG = "too_long"
    TOO_SLOW = "too_slow"
    NO_STAMP = "no_stamp"
    REFUSED = "refused"
    OTHER_HASH = "other_hash"
    NO_SHA256 = "no_sha256"
    NOT_VERIFIED = "not_verified"
    NOT_AN_ANCHOR = "not_an_anchor"
    KEY = "key"
    FILE_MISSING = "file_missing"
    FILE_FORBIDDEN = "file_forbidden"
    DISK_FULL = "disk_full"
    FILE = "file"
    UNFORESEEN = "unforeseen"


_SENTENCES: dict[Reason, str | Promise] = {
    Reason.NO_ROOTS: _("TRAIL_ANCHOR_CA is not set: a time stamp that nobody vouches for proves nothing."),
    Reason.BAD_ROOTS: _("The file of TRAIL_ANCHOR_CA holds no certificates (%(detail)s)."),
    Reason.SEAL_GONE: _("The seal is no longer in the chain."),
    Reason.SEAL_CHANGED: _("The seal's hash is not that of what it states."),
    Reason.ONLY_HTTPS: _("The address must begin with https."),
    Reason.UNREACHABLE: _("The service cannot be reached (%(detail)s)."),
    Reason.STATUS: _("The service answered with the error code %(detail)s."),
    Reason.CONTENT_TYPE: _("The service answered with something else than a time stamp (%(detail)s)."),
    Reason.TOO_LONG: _("The service's answer is too long."),
    Reason.TOO_SLOW: _("The service took too long to answer."),
    Reason.NO_STAMP: _("The answer is no time stamp (%(detail)s)."),
    Reason.REFUSED: _("The service refused (%(detail)s)."),
    Reason.OTHER_HASH: _("The time stamp is of another hash."),
    Reason.NO_SHA256: _("The time stamp is not of a SHA-256."),
    Reason.NOT_VERIFIED: _("The time stamp's signature does not hold (%(detail)s)."),
    Reason.NOT_AN_ANCHOR: _("The file is neither an anchor file nor a time stamp."),
    Reason.KEY: _("The key that signs the lines cannot be used (%(detail)s)."),
    Reason.FILE_MISSING: _("The folder of the file is not there."),
    Reason.FILE_FORBIDDEN: _("The product may not write the file."),
    Reason.DISK_FULL: _("The file's disk is full."),
    Reason.FILE: _("The file cannot be written (%(detail)s)."),
    Reason.UNFORESEEN: _("Something unforeseen went wrong (%(detail)s); the log says more."),
}
_BY_ERRNO = {
    errno.ENOENT: Reason.FILE_MISSING,
    errno.ENOTDIR: Reason.FILE_MISSING,
    errno.EACCES: Reason.FILE_FORBIDDEN,
    errno.EPERM: Reason.FILE_FORBIDDEN,
    errno.EROFS: Reason.FILE_FORBIDDEN,
    errno.ENOSPC: Reason.DISK_FULL,
    errno.EDQUOT: Reason.DISK_FULL,
}


def stored(reason: Reason, detail: str = "") -> str:
    """Return the reason as the database holds it: its code, and after a colon what was said."""
    return f"{reason}:{detail}"


def of_file(problem: OSError) -> str:
    """Return, as it is stored, why a file could not be written."""
    return stored(_BY_ERRNO.get(problem.errno or 0, Reason.FILE), problem.strerror or str(problem))


def in_words(problem: str) -> str:
    """Return a stored reason as a sentence in the active language; a text without a code as it is."""
    code, colon, detail = problem.partition(":")
    if not colon or code not in set(Reason):
        return problem
    return str(_SENTENCES[Reason(code)]) % {"detail": detail}
