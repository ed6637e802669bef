"""What is typed is kept before it is sent: by form and person, every few seconds, by the page's script (js/unsaved.js).

A page that is opened anew puts it in again: after a reload, a lost network, a session that ended, on another computer. Two
pages that hold the same form do not write over each other: the later one is told (`Elsewhere`). When the form is sent and taken,
what was kept of it is emptied (`SentMiddleware`); the row stays, so that a page which kept the same in its tab knows that it was
sent. Only the owner reads it. What nobody has touched for ninety days goes (`forget_old`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.messages import ERROR, get_messages
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase, RawPostDataException
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, resolve

from riskreg import clock
from riskreg.models import Unsent, User
from riskreg.web.middleware import GetResponse

_log = logging.getLogger(__name__)

MOST_LETTERS = 300_000
"""The most that is kept of one form: the longest text that a field takes, several times."""
MOST_FORMS = 300
"""The most forms of one person; beyond that the oldest goes."""
KEPT_FOR = timedelta(days=90)
FORM, PAGE = "_unsent_form", "_unsent_page"
"""The fields that the script adds to a form: which form this is, and which opened page sends it."""


class Unkept(ValueError):
    """What came is no form of the product."""


class Elsewhere(Exception):
    """Another page kept or sent the same form meanwhile; `kept` is how it left it."""

    def __init__(self, kept: Unsent) -> None:
        super().__init__(kept.form)
        self.kept = kept


def require_form(form: Any) -> str:
    """Return the name of a form: an address of the product, "#" and a name after it. Raises Unkept for anything else."""
    if not isinstance(form, str) or not form.startswith("/") or len(form) > 300 or "\0" in form:
        raise Unkept("form")
    try:
        resolve(form.partition("#")[0].partition("?")[0])
    except Resolver404 as unknown:
        raise Unkept("form") from unknown
    return form


def require_fields(fields: Any) -> dict[str, Any]:
    """Return the fields as they are kept: lists of words by name. Raises Unkept for another shape."""
    if not isinstance(fields, dict):
        raise Unkept("fields")
    for values in fields.values():
        if not isinstance(values, list) or not all(_is_value(value) for value in values):
            raise Unkept("fields")
    return fields


def _is_value(value: Any) -> bool:
    """Return whether it is a word, or a choice with what it is called."""
    parts = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(isinstance(part, str) and "\0" not in part for part in parts)


def kept_of(user: User, forms: Sequence[str]) -> Mapping[str, Unsent]:
    """Return what is kept of the forms, by form; a form that was sent is there, empty. One query."""
    return {row.form: row for row in Unsent.objects.filter(owner=user.pk, form__in=forms)}


@transaction.atomic
def keep(user: User, form: str, fields: Mapping[str, Any], *, page: str, base: int, now: datetime) -> Unsent:
    """Keep the fields of a form as the page shows them. `base` is the revision that the page knows, 0 for none.

    Raises Elsewhere when another page wrote since then. Empty fields are what is thrown away.
    """
    # No verb of a record: the one row of one person, which two of their pages may write at once.
    row = Unsent.objects.select_for_update().filter(owner=user.pk, form=form).first()
    if row is None:
        _make_room(user)
        return Unsent.objects.create(owner=user, form=form, fields=fields, page=page, kept_at=now)
    if row.revision != base and row.page != page:
        raise Elsewhere(row)
    row.fields, row.page, row.kept_at, row.revision = dict(fields), page, now, row.revision + 1
    row.save()
    return row


def _make_room(user: User) -> None:
    own = Unsent.objects.filter(owner=user.pk)
    surplus = own.order_by("-kept_at", "-pk").values_list("pk", flat=True)[MOST_FORMS - 1 :]
    own.filter(pk__in=list(surplus)).delete()


def forget_old(now: datetime) -> int:
    """Delete what nobody has touched for KEPT_FOR; return how many forms."""
    return Unsent.objects.filter(kept_at__lt=now - KEPT_FOR).delete()[0]


class SentMiddleware:
    """Middleware that empties what was kept of a form, once the form is sent and taken.

    Taken is a form that was answered by leading on, without a message of an error. Whatever else happens keeps the text.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Asked before, too: whoever signs out or in with this request keeps what is theirs.
        user = request.user
        response = self.get_response(request)
        if request.method == "POST" and response.status_code in (302, 303) and isinstance(user, User) and _is_taken(request):
            form, page = (_sent(request, name) for name in (FORM, PAGE))
            if form and page:
                _empty(user, form, page)
        return response


def _is_taken(request: HttpRequest) -> bool:
    queued = getattr(get_messages(request), "_queued_messages", ())
    return all(message.level < ERROR for message in queued)


def _sent(request: HttpRequest, name: str) -> str:
    try:
        return request.POST.get(name, "")
    except (OSError, SuspiciousOperation, RawPostDataException, MultiPartParserError):
        return ""


def _empty(user: User, form: str, page: str) -> None:
    """Note that the page sent the form. What the person sent is saved by now, so a database in trouble is not theirs."""
    try:
        form, page = require_form(form), page[:36]
        with transaction.atomic():
            # As in keep: the one row of one person.
            row = Unsent.objects.select_for_update().filter(owner=user.pk, form=form).first()
            row = row or Unsent(owner=user, form=form, revision=0)
            row.fields, row.page, row.kept_at, row.revision = {}, page, clock.now(), row.revision + 1
            row.save()
    except Unkept:
        return
    except DatabaseError:
        _log.warning("What was kept of a form that was sent could not be emptied: %s", form, exc_info=True)
