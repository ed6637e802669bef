"""The cells that a risk could be placed in, each with its form: rendered once for each cell."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from riskreg.models.addresses import address_of
from riskreg.templatetags.kept_pieces import KeptPieces, StandIns

register = template.Library()

KEPT = KeptPieces(1000)
_STAND_INS = StandIns("token", "page", "pk", "number", "action")


@register.simple_tag(takes_context=True)
def placing_options(context: template.Context, placing: Any) -> SafeString:
    """Write riskreg/placing_option.html of each option of a riskreg.views.placing.Placing."""
    pk = placing.risk.pk
    values = {"token": context.get("csrf_token", ""), "page": context["request"].get_full_path(), "pk": pk}
    values["action"] = address_of("place_risk", pk)
    written = (
        _STAND_INS.replaced(_option(option), number=number, **values) for number, option in enumerate(placing.options, start=1)
    )
    return mark_safe("".join(written))  # noqa: S308 - escaped there


def _option(option: Any) -> str:
    shown = {name: _STAND_INS[name] for name in ("page", "pk", "number", "action")}
    shown |= {"option": option, "csrf_token": _STAND_INS["token"]}
    scales = option.likelihood, option.impact
    key = tuple((step.value, str(step)) for step in scales)
    return KEPT.piece(key, lambda: get_template("riskreg/placing_option.html").render(shown))
