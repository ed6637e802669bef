"""Django's checks in one start: each is asked, and what one finds is not lost in the next."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.core.management.base import CommandError

from tests import checked_by_django


def refuse(name: str) -> None:
    if name == "check":
        raise CommandError("two issues")
    if name == "makemigrations":
        sys.exit(1)


@pytest.mark.parametrize(("names", "code"), [(["messages"], 0), (["check", "messages"], 1), (["makemigrations", "messages"], 1)])
def test_what_one_finds_fails_the_whole_and_the_rest_is_asked_all_the_same(
    names: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def call(name: str, *arguments: Any) -> None:
        asked.append(name)
        refuse(name)

    monkeypatch.setattr(checked_by_django, "call_command", call)

    assert checked_by_django.main([[name] for name in names]) == code
    assert asked == names


def test_system_checks_migrations_and_catalogues_are_asked() -> None:
    assert [command[0] for command in checked_by_django.COMMANDS] == ["check", "makemigrations", "messages"]
