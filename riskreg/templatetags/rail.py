"""The rail beside every page: rendered once for as long as what stands in it is the same."""

from __future__ import annotations

import secrets
from collections.abc import Hashable
from typing import Any

from django import template
from django.template.loader import get_template
from django.urls import get_script_prefix, get_urlconf
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 500
_TEMPLATE = "components/rail.html"
_NAMES = ("organisation", "organisation_note", "role_text", "pinned_day", "may_have_deputies")
_kept: dict[Hashable, str] = {}
# What differs with every request is put in afterwards, for words that nobody can have written.
_TOKEN, _PAGE = (secrets.token_hex(20) for _ in range(2))


class _StandIn:
    """Stands for the request, of which the rail shows the address alone."""

    def get_full_path(self) -> str:
        return _PAGE


class _Person:
    """Stands for the user: what the rail shows of them."""

    def __init__(self, user: Any) -> None:
        self.name = user.get_full_name() or str(user)
        self.time_zone = getattr(user, "time_zone", "")
        self.has_usable_password = user.has_usable_password()
        self.key = self.name, self.time_zone, self.has_usable_password

    def get_full_name(self) -> str:
        return self.name


@register.simple_tag(takes_context=True)
def rail(context: template.Context) -> SafeString:
    """Write components/rail.html. Its key is all that the template is given, so that nobody sees another's."""
    person = _Person(context["user"])
    # Evaluated: they are lazy, and compared by what they say.
    values = {name: _plain(context.get(name)) for name in _NAMES} | {"nav": tuple(context.get("nav") or ())}
    key = (get_language(), get_urlconf(), get_script_prefix(), person.key, *values.values())
    written = _kept.get(key)
    if written is None:
        written = get_template(_TEMPLATE).render(values | {"user": person, "request": _StandIn(), "csrf_token": _TOKEN})
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = written
    request = context.get("request")
    page = escape(request.get_full_path()) if request is not None else ""
    return mark_safe(written.replace(_TOKEN, str(context.get("csrf_token", ""))).replace(_PAGE, page))  # noqa: S308 - both escaped


def _plain(value: Any) -> Any:
    """Return the value that a lazy one stands for."""
    return str(value) if isinstance(value, str) else bool(value) if isinstance(value, bool) else value
