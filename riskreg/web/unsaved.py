"""What is answered when a form could not be saved and nobody made a mistake: a lost race, a busy database, a full disk.

A lost race is asked again, once (`LostRaceMiddleware`): by then what the other saved can be seen, so that the form answers
as it does to whoever comes later. For the rest there is a page (`answer_fault`) that says what happened and what to do,
and shows what was typed, never a password or a file. So does the answer to a form whose session is over (`SignedOutMiddleware`).
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import FieldDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import resolve_url
from django.template import loader
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from riskreg.database.troubles import Trouble, trouble_of
from riskreg.web.middleware import GetResponse

_log = logging.getLogger(__name__)

STATUS = {Trouble.LOST_RACE: 409, Trouble.BUSY: 503, Trouble.FULL: 507}
RETRY_AFTER = 30
_SECRET = re.compile(r"passw|token|secret|losenord|^_|_FORMS$", re.IGNORECASE)
"""Fields that are never shown: what opens something, and what no person typed."""
_NOT_TYPED = re.compile(r"[\d\s.,:-]*|[0-9a-f-]{32,36}")


class LostRaceMiddleware:
    """Middleware that asks a view again, once, when what it wanted to save was saved by somebody else at that moment.

    The view's transaction is rolled back by then, so the second time begins where the first began.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return the answer of the second time; None when this is no lost race, or files cannot be read a second time."""
        match = request.resolver_match
        if trouble_of(exception) is not Trouble.LOST_RACE or request.method != "POST" or match is None:
            return None
        if connection.needs_rollback or hasattr(request, "_asked_again") or not _rewind(request):
            return None
        request._asked_again = True  # type: ignore[attr-defined]
        _log.warning("Asked again, since somebody else saved the same at that moment: %s (%s)", request.path, exception)
        _forget_messages(request)
        answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return answer


class SignedOutMiddleware:
    """Middleware that answers a form which is sent after the session's end: with what was typed, and the way to sign in.

    The form's token has been found right by then, so what is shown comes from a page of ours. Where nothing was typed the
    page for signing in is enough.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Return the page; None for everybody who is signed in, and where nothing was typed."""
        if request.method != "POST" or request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if not (request.content_type or "").startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
            return None
        typed = list(_typed(request))
        if not typed:
            return None
        sign_in = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _came_from(request)})}"
        context = {"trouble": "signed_out", "typed": typed, "had_files": _had_files(request), "sign_in": sign_in}
        response = HttpResponse(loader.get_template("unsaved.html").render(context), status=403)
        response.headers["Cache-Control"] = "no-store, private"
        return response


def _came_from(request: HttpRequest) -> str:
    """Return the page of the form: what the browser says, where it is a page of ours; else where the form is sent."""
    page = urlsplit(request.headers.get("Referer", ""))
    return page._replace(scheme="", netloc="").geturl() if page.netloc == request.get_host() and page.path else request.path


def _rewind(request: HttpRequest) -> bool:
    """Make the request's files readable from their beginning; False when one has been moved or closed."""
    for _name, files in request.FILES.lists():
        for file in files:
            if not isinstance(file, UploadedFile):
                return False
            path = file.temporary_file_path() if hasattr(file, "temporary_file_path") else ""
            if file.closed or (path and not os.path.exists(path)):
                return False
            file.seek(0)
    return True


def _forget_messages(request: HttpRequest) -> None:
    """Take back what the first time said: it did not happen."""
    get_messages(request)._queued_messages.clear()  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into one field."""

    label: str
    text: str

    @property
    def rows(self) -> int:
        """The height of the field that shows it."""
        return min(max(self.text.count("\n") + 1, len(self.text) // 70 + 1), 12)


def answer_fault(request: HttpRequest, template_name: str = "500.html") -> HttpResponse:
    """Answer an exception that nothing else caught (handler500): what is nobody's mistake by its page, else the usual one."""
    trouble = trouble_of(sys.exc_info()[1])
    if trouble is None:
        return server_error(request, template_name)
    typed = list(_typed(request)) if request.method == "POST" else []
    # Without the request: no user, no session, no query. The database may be what fails.
    page = loader.get_template("unsaved.html").render(
        {"trouble": trouble.value, "typed": typed, "had_files": _had_files(request)}
    )
    response = HttpResponse(page, status=STATUS[trouble])
    response.headers["Cache-Control"] = "no-store, private"
    if trouble is not Trouble.LOST_RACE:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _had_files(request: HttpRequest) -> bool:
    try:
        return any(file for file in request.FILES.values())
    except (OSError, SuspiciousOperation, RequestDataTooBig, MultiPartParserError):
        return request.method == "POST"


def _typed(request: HttpRequest) -> Iterator[Typed]:
    try:
        sent = list(request.POST.lists())
    except (OSError, SuspiciousOperation, RequestDataTooBig, MultiPartParserError):
        return
    for name, values in sent:
        field = _field_called(request, name)
        if _SECRET.search(name) or (field is not None and (field.choices or field.is_relation)):
            continue
        text = "\n".join(value for value in values if not _NOT_TYPED.fullmatch(value))
        if text.strip():
            yield Typed(str(capfirst(str(field.verbose_name))) if field is not None else _("Text"), text)


def _field_called(request: HttpRequest, name: str) -> models.Field[Any, Any] | None:
    """Return the model's field that an input is for: of the admin's own record, else of the first one that has it."""
    last = name.rsplit("-", 1)[-1]
    admin = getattr(getattr(request.resolver_match, "func", None), "model_admin", None)
    own = [admin.model] if admin is not None else []
    for model in [*own, *apps.get_models()]:
        try:
            field = model._meta.get_field(last)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field):
            return field
    return None
