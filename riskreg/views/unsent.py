"""What is typed and not sent yet: kept by the page's script, and given back to the same person (riskreg.web.unsent)."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import HttpRequest, JsonResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from riskreg import clock
from riskreg.models import Unsent, User
from riskreg.web.unsent import MOST_LETTERS, Elsewhere, keep, kept_of, require_fields, require_form

MOST_ASKED = 100
"""The most forms that one page asks for."""


@require_http_methods(["GET", "POST"])
def unsent(request: HttpRequest) -> JsonResponse:
    """GET gives what is kept of the forms in `form`; POST keeps one: `form`, `fields` (JSON), `page`, and the revision it knows.

    409 when another page wrote meanwhile, with what that one kept; 403 when the page was opened by somebody else (`user`), who
    has signed out since; 400 for what is no form, 413 for too much.
    """
    user = cast(User, request.user)
    if request.method == "GET":
        kept = kept_of(user, request.GET.getlist("form")[:MOST_ASKED])
        return JsonResponse({form: _told(row) for form, row in kept.items()})
    sent = request.POST
    if sent.get("user") != str(user.pk):
        return JsonResponse({"error": "somebody_else"}, status=403)
    if len(sent.get("fields", "")) > MOST_LETTERS:
        return JsonResponse({"error": "too_much"}, status=413)
    try:
        form, fields = require_form(sent.get("form")), require_fields(json.loads(sent.get("fields", "")))
        page, base = sent.get("page", "")[:36], int(sent.get("revision", ""))
    except (ValueError, RecursionError):
        return JsonResponse({"error": "unknown"}, status=400)
    try:
        return JsonResponse(_told(keep(user, form, fields, page=page, base=base, now=clock.now()), with_fields=False))
    except Elsewhere as other:
        return JsonResponse(_told(other.kept), status=409)


def _told(row: Unsent, *, with_fields: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {"revision": row.revision, "page": row.page, "kept": _moment(row)}
    return {**told, "fields": row.fields} if with_fields else told


def _moment(row: Unsent) -> str:
    """Return when it was kept, as a person says it: the time alone when it was today."""
    at = timezone.localtime(row.kept_at)
    time = formats.time_format(at, "TIME_FORMAT")
    if at.date() == timezone.localtime(clock.now()).date():
        return time
    return _("%(day)s at %(time)s") % {"day": formats.date_format(at, "DATE_FORMAT"), "time": time}
