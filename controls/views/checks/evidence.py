"""Files sent with the form of a check's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import ngettext

from controls.checks.evidence import attach_to_check
from controls.models import Check
from riskreg.models import User
from riskreg.verbs.concurrency import version_of
from riskreg.web.accepted_files import CheckedFile


def keep_files(request: HttpRequest, check: Check, files: Sequence[CheckedFile], *, by: User, version: int | None) -> int | None:
    """Attach the files; return the version from which a user who opened `version` goes on.

    A file that is there already is reported and does not stop the rest. Raises what the verb raises, when nothing
    that follows is stored.
    """
    kept = 0
    for file in files:
        try:
            with transaction.atomic():
                attach_to_check(check, by=by, file=file, version=version)
                version = version_of(check) if version is not None else None
            kept += 1
        except ValidationError as refusal:
            for message in refusal.messages:
                messages.warning(request, message)
    if kept:
        said = ngettext("%(count)d file is kept with the check.", "%(count)d files are kept with the check.", kept)
        messages.success(request, said % {"count": kept})
    return version
