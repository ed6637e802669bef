"""What there is to be asked for: every address, action and verb of the site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib import admin
from django.test import RequestFactory
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from riskreg.models import User


def all_names() -> set[str]:
    """Every named address of the site, and of each nameless one what it leads to."""
    return {name for name, _pattern in _walk(get_resolver(), "", ())}


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inside = (*spaces, one.namespace) if one.namespace else spaces
            yield from _walk(one, prefix + str(one.pattern), inside)
        elif isinstance(one, URLPattern):
            yield ":".join([*spaces, one.name or prefix + str(one.pattern)]), prefix + str(one.pattern)


def all_actions(users: Iterable[User]) -> set[str]:
    """Every action of the admin's lists that one of the users is offered: "risk:do_keep"."""
    found = set()
    for user in users:
        request = RequestFactory().get("/admin/")
        request.user = user
        for model, model_admin in admin.site._registry.items():
            found |= {f"{model._meta.model_name}:{name}" for name in model_admin.get_actions(request)}
    return found


def all_verbs() -> set[str]:
    """Every verb of a record that has an address of its own: "admin:riskreg_risk_verb keep"."""
    return {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_verb {verb.name}"
        for model, model_admin in admin.site._registry.items()
        for verb in getattr(model_admin, "verbs", ())
    }
