"""Every response carries the security policy, and is written in the language its reader chose."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from riskreg.web.middleware import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY
from tests.cast import Cast

pytestmark = pytest.mark.one_engine

SIGN_IN = "/konto/logga-in/"


@pytest.mark.parametrize("path", ["/", SIGN_IN, "/admin/", "/admin/logout/", "/finns-inte/"])
@pytest.mark.django_db
def test_every_response_carries_the_policies(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "script-src 'self'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


@pytest.mark.django_db
def test_a_visitor_gets_swedish_whatever_the_browser_asks_for(client: Client) -> None:
    response = client.get(SIGN_IN, headers={"accept-language": "en"})
    assert response.headers["Content-Language"] == "sv"
    assert '<html lang="sv">' in response.content.decode()


@pytest.mark.django_db
def test_a_visitors_choice_is_kept_in_a_cookie(client: Client) -> None:
    answer = client.post("/sprak/", {"language": "en", "next": SIGN_IN})
    assert answer.headers["Location"] == SIGN_IN
    assert client.get(SIGN_IN).headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_an_unknown_language_in_the_cookie_counts_as_none(client: Client, settings: Any) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert client.get(SIGN_IN).headers["Content-Language"] == "sv"


def test_an_accounts_language_goes_before_the_cookie(client: Client, cast: Cast, settings: Any) -> None:
    cast.karin.language = "en"
    cast.karin.save()
    client.force_login(cast.karin)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "sv"
    assert client.get("/admin/").headers["Content-Language"] == "en"


def test_a_signed_in_persons_choice_is_kept_in_the_account(client: Client, cast: Cast) -> None:
    client.force_login(cast.karin)
    client.post("/sprak/", {"language": "en", "next": "/admin/"})
    cast.karin.refresh_from_db()
    assert cast.karin.language == "en"
    client.post("/sprak/", {"language": "xx", "next": "/admin/"})
    cast.karin.refresh_from_db()
    assert cast.karin.language == "en"


@pytest.mark.django_db
def test_the_language_form_follows_no_foreign_address(client: Client) -> None:
    answer = client.post("/sprak/", {"language": "en", "next": "https://example.com/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
def test_the_answer_says_that_it_differs_by_cookie(client: Client) -> None:
    assert "Cookie" in client.get(SIGN_IN).headers["Vary"]
