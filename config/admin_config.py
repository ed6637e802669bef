"""Django's admin as an app, with the product's own site."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class RiskregAdminConfig(AdminConfig):
    """Django's admin with the product's own site in place of the default one."""

    default_site = "config.admin_site.RiskregAdminSite"
