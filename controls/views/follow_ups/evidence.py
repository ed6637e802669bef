"""Download of evidence."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from controls.models import Evidence
from riskreg.models import User
from riskreg.trail.files import stated
from riskreg.web.downloads import stored_file
from riskreg.web.file_kinds import content_type_of


@require_safe
def evidence(request: HttpRequest, pk: int) -> FileResponse:
    """Serve a file to people who see its follow-up: always to be saved, never shown or run by the browser."""
    found = get_object_or_404(Evidence.objects.visible_to(cast(User, request.user)), pk=pk)
    missing = _("The file is missing in the archive; its name and hash are kept in the history.")
    response = stored_file(found.file, content_type_of(found.name), found.name, missing=missing, sha256=stated(found, "sha256"))
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
