"""A request as somebody, looked at and undone: what it answers, and what it wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from tests.second_engine import SECOND_ENGINE

SESSION = re.compile(r'^(INSERT INTO|UPDATE|DELETE FROM) "django_session"')
WRITES = re.compile(r"^(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


class Written:
    """What was written to the database but for sessions."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql) and not SESSION.match(sql):
            self.statements.append(sql)
        return execute(sql, params, many, context)


@contextmanager
def undone() -> Iterator[Written]:
    written = Written()
    with transaction.atomic(), connection.execute_wrapper(written):
        yield written
        transaction.set_rollback(True)


def comes_in(response: HttpResponseBase, *, is_door: bool) -> bool:
    """A page or a file; of an address that only leads on, that it leads elsewhere than to the sign-in."""
    if is_door:
        return response.status_code == 302 and not is_the_sign_in(response.headers["Location"])
    return response.status_code == 200


def is_the_sign_in(address: str) -> bool:
    return address.split("?", maxsplit=1)[0] in {resolve_url(settings.LOGIN_URL), reverse("admin:login")}


def reads(client: Client, address: str, *, is_door: bool = False) -> bool:
    with undone() as written, same_session(client):
        response: Any = client.get(address)
        assert response.status_code < 500
        if response.streaming:
            b"".join(response.streaming_content)
    assert written.statements == [], f"GET {address} writes"
    return comes_in(response, is_door=is_door)


def writes(client: Client, address: str, form: dict[str, Any]) -> bool:
    with undone() as written, same_session(client):
        assert client.post(address, form).status_code < 500
    return bool(written.statements)


@contextmanager
def same_session(client: Client) -> Iterator[None]:
    """Signing out, or in, is undone as well."""
    before = deepcopy(client.cookies)
    yield
    client.cookies = before


def asked_of(letters: str, let_in: str) -> str:
    """Return whom a walk goes as, of those whom it could.

    Who is let in is the product's doing, and the same on both engines. Whether the address answers is the engine's, too:
    so the second engine is asked once, as somebody who is let in.
    """
    return "".join(letter for letter in letters if letter in let_in)[:1] if SECOND_ENGINE in os.environ else letters


def tried(values: list[str], *, reaching: list[str]) -> list[str]:
    """What is typed: on the second engine only what may reach it. The rest is refused before, the same on both."""
    return reaching if SECOND_ENGINE in os.environ else values


def who(letters: str, may: Callable[[str], bool]) -> str:
    return "".join(letter for letter in letters if may(letter))
