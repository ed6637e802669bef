"""How long a client may take, and how much it may bring: as numbers."""

from __future__ import annotations

import shutil
from collections import namedtuple
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from config.web import bodies
from config.web.bodies import LimitedParser, largest_body
from config.web.limits import Limits, Stretch, network_of
from config.web.worker import adjustments

LIMITS = Limits(connections=100, connections_per_address=10, patience=30, least_rate=500, idle=75)
SIGNED_IN = f"{settings.SESSION_COOKIE_NAME}=abc"
Disk = namedtuple("Disk", "total used free")


@pytest.mark.parametrize(
    ("rate", "is_cut"),
    [(1, True), (499, True), (500, False), (20_000, False)],
    ids=["a byte a second", "just too slow", "just fast enough", "a telephone"],
)
def test_a_stretch_is_judged_by_what_was_moved_in_it(rate: int, is_cut: bool) -> None:
    stretch = Stretch(0, 0)
    assert [stretch.is_too_slow(second, second * rate, LIMITS) for second in range(1, 31)] == [False] * 29 + [is_cut]


def test_a_hundred_megabytes_over_a_slow_line_go_on_for_hours() -> None:
    stretch = Stretch(0, 0)
    assert not any(stretch.is_too_slow(second, second * 20_000, LIMITS) for second in range(1, 5_000))


def test_what_was_fast_first_does_not_pay_for_a_pause_later() -> None:
    stretch = Stretch(0, 0)
    assert not stretch.is_too_slow(30, 10_000_000, LIMITS)
    assert not stretch.is_too_slow(59, 10_000_000, LIMITS)
    assert stretch.is_too_slow(60, 10_000_001, LIMITS)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2%eth0", "2001:db8::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_connections_are_counted_by_address_and_of_ipv6_by_network(address: str, counted: str) -> None:
    assert network_of(address) == counted


def test_the_largest_body_is_the_address_s_and_small_without_a_session() -> None:
    population = reverse("population_add", args=[1])
    assert largest_body(population, "", False) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert largest_body(population, SIGNED_IN, True) == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert largest_body(population, SIGNED_IN, False) == settings.LARGE_UPLOADS["population_add"][1]
    assert largest_body("/planer/", SIGNED_IN, False) == settings.REQUEST_MAX_BYTES
    assert largest_body("/nowhere", SIGNED_IN, False) == settings.REQUEST_MAX_BYTES


def _announced(length: int, cookie: str = SIGNED_IN, awaited: int = 0) -> Any:
    request = LimitedParser(adjustments(1))
    request.awaited = lambda: awaited
    head = f"POST /planer/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n"
    request.received(head.encode("ascii"))
    return request


def test_a_body_at_its_limit_is_awaited_and_one_byte_more_is_refused() -> None:
    assert _announced(settings.REQUEST_MAX_BYTES).error is None
    assert _announced(settings.REQUEST_MAX_BYTES + 1).error.code == 413
    assert _announced(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, cookie="a=b").error.code == 413


def test_bodies_that_together_would_fill_the_disk_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    room = bodies.DISK_KEPT_FREE + 2 * 50_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Disk(room, 0, room))

    assert _announced(40_000_000, awaited=10_000_000).error is None
    assert _announced(40_000_000, awaited=10_000_001).error.code == 507
    assert _announced(1_000, awaited=10**12).error is None


def _received(text: str) -> Any:
    request = LimitedParser(adjustments(1))
    request.received(text.encode("ascii"))
    return request


@pytest.mark.parametrize(
    "text",
    [
        "GET http://[ HTTP/1.1\r\n\r\n",
        f"POST / HTTP/1.1\r\nContent-Length: {'9' * 5000}\r\n\r\n",
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
    ],
    ids=["no address", "a length of 5000 digits", "chunks in HTTP/1.0", "chunks and a length", "two lengths"],
)
def test_a_request_that_can_be_read_in_two_ways_or_in_none_is_refused(text: str) -> None:
    request = _received(text)
    assert (request.completed, request.error.code) == (True, 400)


@pytest.mark.parametrize("begun", ["", "5\r\nabcde\r\n0\r\n"], ids=["a chunk's line", "what follows the last chunk"])
def test_lines_between_chunks_are_short(begun: str) -> None:
    """They are kept in memory until they end."""
    request = _received("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    request.received(begun.encode("ascii") + b"1" * bodies.LONGEST_CHUNK_LINE)
    assert not request.completed
    request.received(b"1")
    # Read anew: mypy takes it for what it was above.
    refusal: Any = request.error
    assert (request.completed, refusal.code) == (True, 400)


def test_a_body_that_is_refused_is_not_asked_for() -> None:
    refused = _received("POST /planer/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6000000\r\n\r\n")
    assert (refused.error.code, refused.expect_continue) == (413, False)
    assert _received("POST /planer/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n").expect_continue
