"""The product's admin site."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class RiskregAdminSite(AdminSite):
    """The admin as one more part of the product: same rail, same sign-in, open to every active user.

    What a user sees and may do in it is each ModelAdmin's question to riskreg.access.
    """

    site_title = "Riskreg"
    site_header = _("Administration")
    index_title = _("Administration")
    enable_nav_sidebar = False
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_authenticated)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Serve the product's own page for changing the password."""
        from riskreg.views.sign_in import ChangePasswordView

        return cast(TemplateResponse, ChangePasswordView.as_view()(request))

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the product's own sign-in page, or to the admin's start for a user who is signed in."""
        if request.user.is_authenticated and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        goal = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(goal, resolve_url(settings.LOGIN_URL))
