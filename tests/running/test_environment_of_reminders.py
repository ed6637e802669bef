"""Settings of reminders that are wrong stop the start, and say which and what is allowed."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.mark.parametrize("value", ["30;14", "x", "-1", "91", "1.5", "7,,1"])
def test_days(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDER_DAYS_BEFORE", value)
    with pytest.raises(ImproperlyConfigured, match="REMINDER_DAYS_BEFORE"):
        env.days("REMINDER_DAYS_BEFORE", "7", most=90)


@pytest.mark.parametrize(("value", "read"), [("30,14, 0", "30, 14, 0"), ("none", ""), ("", "7")])
def test_days_that_are_right(value: str, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDER_DAYS_BEFORE", value)
    assert env.days("REMINDER_DAYS_BEFORE", "7", most=90) == read


@pytest.mark.parametrize("value", ["7", "18-7", "7-25", "a-b", "7-7"])
def test_hours(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDER_HOURS", value)
    with pytest.raises(ImproperlyConfigured, match="REMINDER_HOURS"):
        env.hours("REMINDER_HOURS", (7, 18))


@pytest.mark.parametrize("value", ["riskreg.kommun.se", "ftp://x.se", "https://x.se/riskreg", "https://", "https://x.se?a=1"])
def test_site(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        env.site("SITE_URL", "http://127.0.0.1:8000")


def test_a_site_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://riskreg.kommun.se/")
    assert env.site("SITE_URL", "x") == "https://riskreg.kommun.se"
    monkeypatch.setenv("REMINDER_HOURS", "8-16")
    assert env.hours("REMINDER_HOURS", (7, 18)) == (8, 16)
