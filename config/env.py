"""Typed reading of environment variables.

A setting that is missing or malformed stops the start with a message that names the
variable, the value and what is allowed. Nothing falls back silently.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
MOST_HOURS = 24 * 90
FALSE_WORDS = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """Return the variable as text. Without a default it is required."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} must be set (see docs/operate/configuration.md).")
    return default


def boolean(name: str, default: bool) -> bool:
    """Return the variable as a truth value."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in TRUE_WORDS:
        return True
    if raw in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is not a truth value: use 1/true or 0/false.")


def integer(name: str, default: int, *, at_least: int | None = None) -> int:
    """Return the variable as a whole number, at least `at_least`."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.") from None
    if at_least is not None and value < at_least:
        raise ImproperlyConfigured(f"{name}={value} is too small: at least {at_least}.")
    return value


def day(name: str) -> date | None:
    """Return the variable as an ISO date, or None when it is not set."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a date: write it as 2025-09-08.") from None


def site(name: str, default: str) -> str:
    """Return a site's address without a path: https://riskreg.kommun.se."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name}={value!r} is not a site's address: write it as https://riskreg.kommun.se.")
    return value


def hours(name: str, default: tuple[int, int]) -> tuple[int, int]:
    """Return the two full hours of one day in a text such as 7-18; the second is exclusive."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    first, _, last = (part.strip() for part in raw.partition("-"))
    if not (first.isdecimal() and last.isdecimal() and 0 <= int(first) < int(last) <= 24):
        raise ImproperlyConfigured(f"{name}={raw!r} is not a time of the day: write it as 7-18.")
    return int(first), int(last)


def days(name: str, default: str, *, most: int) -> str:
    """Return a list of whole numbers of days such as "30, 14, 7", each at most `most`; '' for "none"."""
    value = text(name, default)
    if value.lower() == "none":
        return ""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdecimal() and int(part) <= most for part in parts):
        raise ImproperlyConfigured(f"{name}={value!r} is not a list of days: write it as 30, 14, 7 (each at most {most}).")
    return ", ".join(parts)


def anchors(name: str) -> list[tuple[str, str]]:
    """Return the places of a list such as "file:/srv/anchors.log, tsa:https://tsa.example/tsr", as (kind, target).

    A file's path is absolute. A time-stamping service is asked over https; over http only on this machine itself.
    """
    found: list[tuple[str, str]] = []
    for place in words(name, []):
        kind, _, target = place.partition(":")
        parts = urlsplit(target)
        if kind == "file" and Path(target).is_absolute():
            found.append((kind, str(Path(target))))
        elif kind == "tsa" and parts.hostname and (parts.scheme == "https" or _is_own_machine(parts)) and not parts.username:
            found.append((kind, target))
        else:
            raise ImproperlyConfigured(
                f"{name}={place!r} is no place for an anchor: write it as file:/srv/anchors.log or tsa:https://tsa.example/tsr."
            )
    return list(dict.fromkeys(found))


def sources(name: str) -> list[tuple[str, str, int]]:
    """Return a list such as "leverantorsregister https://data.example.se/lev.csv 24, 7 https://…" as (register, address, hours).

    A register is its number or its name as in an address; each stands once. The address is asked every so many hours.
    """
    found: list[tuple[str, str, int]] = []
    for line in words(name, []):
        register, url, every = (*line.split(), "", "", "")[:3]
        parts = urlsplit(url)
        is_address = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
        is_whole = len(line.split()) == 3 and every.isascii() and every.isdecimal() and 1 <= int(every) <= MOST_HOURS
        if not (is_address and is_whole) or any(register == other for other, _, _ in found):
            raise ImproperlyConfigured(
                f"{name}={line!r} is no source of a register: write it as REGISTER https://data.example.se/lev.csv HOURS (1 to "
                f"{MOST_HOURS}), each register once, several apart by commas."
            )
        found.append((register, url, int(every)))
    return found


def _is_own_machine(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}


def words(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated list, blanks dropped."""
    raw = os.environ.get(name, "").strip()
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else default


def database(name: str, default_sqlite: Path) -> dict[str, Any]:
    """Return a Django DATABASES entry from a URL: sqlite:///path or postgres://user:pw@host:port/db.

    SQLite gets WAL and immediate transactions, so that two writers wait for each other
    instead of failing with "database is locked".
    """
    url = os.environ.get(name, "").strip() or f"sqlite:///{default_sqlite}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(url.removeprefix("sqlite:///"))
        if not path:
            raise ImproperlyConfigured(f"{name}={url!r} names no file: sqlite:///path/to/file.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path if path == ":memory:" else str(Path(path)),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"
                ),
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        if not parts.path.strip("/"):
            raise ImproperlyConfigured(f"{name} names no database: postgres://user:password@host:5432/name")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(f"{name}={parts.scheme}://… is not supported: use sqlite:/// or postgres://.")
