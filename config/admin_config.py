"""Django's admin as an app, with the product's own site."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


class RiskregAdminConfig(AdminConfig):
    """Django's admin with the product's own site in place of the default one."""

    default_site = "config.admin_site.RiskregAdminSite"

    def ready(self) -> None:
        """Let the admin say yes and no in words: its picture has the English word for a text, and a red cross for a no."""
        super().ready()
        from django.contrib.admin.templatetags import admin_list

        admin_list._boolean_icon = yes_or_no  # type: ignore[attr-defined]


def yes_or_no(value: bool | None) -> SafeString | str:
    """Return a truth in words, with a sign; – for one that is not known."""
    if value is None:
        return "–"
    said: dict[str, Any] = {"sign": "✓ " if value else "", "word": _("Yes") if value else _("No")}
    return format_html('<span class="truth">{sign}{word}</span>', **said)
