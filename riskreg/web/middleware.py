"""Middleware of every response: content security policy, language, time zone, and no caching of signed-in pages.

Requests with the character NUL are refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers

from riskreg.time_zones import zone_named
from riskreg.web.downloads import FileAltered

_log = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS_POLICY = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class ContentSecurityPolicyMiddleware:
    """Sets the two policies on every response, the admin's and the error pages' too. A view's own policy stands."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class NoNulMiddleware:
    """Middleware that refuses (400) a request with the character NUL in its address or a cookie.

    No person types it, PostgreSQL stores no text with it, and a file's name ends at it. Forms refuse it by
    themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or "\0" in query or any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("The address or a cookie holds the character NUL.")
        return self.get_response(request)


class NoStoreMiddleware:
    """Middleware that keeps signed-in pages out of every cache, the user's or one on the way.

    After signing out, going back shows nothing. Files of style and script are the same for everybody, and answered
    before this.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Asked before, too: whoever signs out in this request was signed in.
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if was_signed_in or request.user.is_authenticated:
            patch_cache_control(response, no_store=True, private=True)
        return response


class FileAlteredMiddleware:
    """Middleware that answers for a stored file that is not the one that was kept: what to do, and never its bytes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Render the page; None for every other exception."""
        if not isinstance(exception, FileAltered):
            return None
        _log.error("A stored file is not the one that was kept: %s", request.path)
        return render(request, "409.html", {"name": str(exception)}, status=409)


class OwnPasswordMiddleware:
    """Middleware that leads whoever must choose a new password to that page, before any other that asks who they are."""

    OPEN = frozenset({"password_change", "logout", "set_language"})
    """The names of the pages that such a person may use; "password_change" and "logout" also of the admin."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Redirect to the page where they choose; None for everybody else, and for pages that are open to everybody."""
        user = request.user
        if not user.is_authenticated or not user.asks_new_password or not getattr(view, "login_required", True):
            return None
        match = request.resolver_match
        return None if match is not None and match.url_name in self.OPEN else redirect("password_change")


class UserLanguageMiddleware:
    """The signed-in user's language; otherwise the language cookie; otherwise the product's own (Swedish).

    The browser's Accept-Language is not asked: the municipality's language is Swedish until someone chooses.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = chosen_language(request)
        translation.activate(language)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        patch_vary_headers(response, ["Cookie"])
        return response


class UserTimeZoneMiddleware:
    """Times are shown in the time zone that the signed-in user has chosen; otherwise in the municipality's.

    What is counted by days counts the municipality's (riskreg.clock), whoever looks.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        with timezone.override(zone_named(user.time_zone if user is not None and user.is_authenticated else "")):
            return self.get_response(request)


def chosen_language(request: HttpRequest) -> str:
    """Return a code of settings.LANGUAGES; an unknown one in the account or the cookie counts as none."""
    offered = {code for code, _name in settings.LANGUAGES}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.language in offered:
        return str(user.language)
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return cookie if cookie in offered else settings.LANGUAGE_CODE
