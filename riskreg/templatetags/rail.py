"""The rail beside every page: rendered once for as long as what stands in it is the same."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from riskreg.templatetags.kept_pieces import KeptPieces, StandIns

register = template.Library()

KEPT = KeptPieces(500)
_TEMPLATE = "components/rail.html"
_NAMES = ("organisation", "organisation_note", "role_text", "pinned_day", "may_have_deputies")
_STAND_INS = StandIns("token", "page")


class _StandIn:
    """Stands for the request, of which the rail shows the address alone."""

    def get_full_path(self) -> str:
        return _STAND_INS["page"]


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
    shown = values | {"user": person, "request": _StandIn(), "csrf_token": _STAND_INS["token"]}
    written = KEPT.piece((person.key, *values.values()), lambda: get_template(_TEMPLATE).render(shown))
    request = context.get("request")
    page = request.get_full_path() if request is not None else ""
    return mark_safe(_STAND_INS.replaced(written, token=context.get("csrf_token", ""), page=page))  # noqa: S308 - escaped there


def _plain(value: Any) -> Any:
    """Return the value that a lazy one stands for."""
    return str(value) if isinstance(value, str) else bool(value) if isinstance(value, bool) else value
