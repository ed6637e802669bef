"""Registers that are fetched: only what is new, only over HTTPS from the open network, and what fails is told."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import env
from controls import tasks
from controls.models import Register, RegisterSnapshot, RegisterSource, SnapshotConfirmation
from controls.monitoring.registers.kept_upload import SHELF
from controls.monitoring.registers.sources import fetching
from controls.monitoring.registers.sources.fetching import Known, NotFetched, Why, fetch
from controls.monitoring.registers.sources.looking import look
from controls.monitoring.registers.verbs import discard
from riskreg.web import outgoing
from riskreg.web.outgoing import Deadline, PrivateAddress, is_public
from tests.cast import Cast
from tests.data_files.files import csv_bytes
from tests.monitoring.registers.scene import HEADINGS, SUPPLIERS, a_register
from tests.monitoring.registers.tls import Server, answering, serving

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
NOW = datetime(2025, 9, 8, 9, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
CONTENT = csv_bytes(SUPPLIERS, HEADINGS)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that stands for one of the open network: its own address is a private one."""
    with serving(tmp_path) as started:
        monkeypatch.setattr(outgoing, "is_public", lambda _address: True)
        monkeypatch.setattr(fetching, "_context", lambda: ssl.create_default_context(cafile=str(started.certificate)))
        yield started


@pytest.fixture
def register(cast: Cast, today: date, server: Server, settings: Any) -> Register:
    made = a_register(cast.board, cast.johan)
    settings.REGISTER_SOURCES = [("leverantorer", server.url("/lev.csv"), 24)]
    return made


def why(server: Server, path: str, tmp_path: Path, *, most: int = 10_000, known: Known = Known()) -> Why:  # noqa: B008
    with pytest.raises(NotFetched) as caught:
        fetch(server.url(path), tmp_path / "file", known=known, most_bytes=most)
    assert str(caught.value)
    return caught.value.why


def test_a_new_file_becomes_a_snapshot_and_is_not_sent_again(register: Register, server: Server) -> None:
    told = {"ETag": '"v1"', "Last_Modified": "Sun, 31 Aug 2025 22:30:00 GMT", "Content_Type": "text/csv"}
    server.answers["/lev.csv"] = answering(CONTENT, **told)
    assert look(NOW) == 1
    snapshot = RegisterSnapshot.objects.get()
    # Half past midnight in Sweden.
    assert (snapshot.as_of, snapshot.state, snapshot.way, snapshot.row_count) == (date(2025, 9, 1), "taken", "fetched", 4)
    assert (snapshot.original_name, snapshot.uploaded_by) == ("lev.csv", None)
    assert snapshot.history.get(history_type="+").history_user_name == "Riskreg"
    assert look(NOW + timedelta(hours=23)) == 0
    assert len(server.asked) == 1
    server.answers["/lev.csv"] = answering(b"", 304)
    assert look(NOW + DAY) == 0
    assert server.asked[1][1].items() >= {"if-none-match": '"v1"', "if-modified-since": told["Last_Modified"]}.items()
    source = RegisterSource.objects.get()
    assert (source.outcome, source.failures, source.came_at, source.asked_at) == ("unchanged", 0, NOW, NOW + DAY)
    assert not list(SHELF.folder.iterdir())


def test_what_is_unchanged_confirms_the_latest_snapshot_as_of_the_day(register: Register, server: Server, settings: Any) -> None:
    server.answers["/lev.csv"] = answering(CONTENT, ETag='"v1"', Last_Modified="Sun, 31 Aug 2025 22:30:00 GMT")
    look(NOW)
    assert not SnapshotConfirmation.objects.exists()
    for number, answer in enumerate((answering(b"", 304), answering(CONTENT, ETag='"v1"'), answering(b"", 304)), start=1):
        server.answers["/lev.csv"] = answer
        settings.RISKREG_TODAY = date(2025, 9, 8) + number * DAY
        look(NOW + number * DAY)
    noted = SnapshotConfirmation.objects.values_list("unchanged_on", "way", "confirmed_by")
    assert list(noted) == [(date(2025, 9, day), "fetched", None) for day in (9, 10, 11)]


def test_a_source_whose_last_file_is_not_known_is_asked_for_the_whole_of_it(register: Register, server: Server) -> None:
    server.answers["/lev.csv"] = answering(CONTENT, ETag='"v1"')
    look(NOW)
    # As before the product remembered it.
    RegisterSource.objects.update(sha256="")
    look(NOW + DAY)
    assert "if-none-match" not in server.asked[1][1]
    assert RegisterSource.objects.get().sha256


def test_a_file_whose_draft_was_discarded_is_fetched_again(register: Register, server: Server, cast: Cast) -> None:
    server.answers["/lev.csv"] = answering(csv_bytes(SUPPLIERS, ("A", "B", "C", "D", "E")), ETag='"v1"')
    look(NOW)
    draft = RegisterSnapshot.objects.get()
    assert draft.state == "draft"
    discard(draft, by=cast.eva, reason="Fel dag")
    assert look(NOW + DAY) == 1
    assert "if-none-match" not in server.asked[1][1]
    assert RegisterSnapshot.objects.get().pk != draft.pk


def test_an_address_that_gives_an_older_file_again_is_asked_about_once(register: Register, server: Server, cast: Cast) -> None:
    others = csv_bytes(SUPPLIERS[:3], HEADINGS)
    first = answering(CONTENT, **{"Last-Modified": "Mon, 01 Sep 2025 10:00:00 GMT"})
    second = answering(others, **{"Last-Modified": "Tue, 02 Sep 2025 10:00:00 GMT"})
    for number, answer in enumerate((first, second, first)):
        server.answers["/lev.csv"] = answer
        assert look(NOW + number * DAY) == 1
    draft = RegisterSnapshot.objects.get(state="draft")
    assert [ask["code"] for ask in draft.asks] == ["went_back"]
    assert look(NOW + 3 * DAY) == 0
    discard(draft, by=cast.karin)
    assert look(NOW + 4 * DAY) == 0
    assert RegisterSnapshot.objects.count() == 2


def test_a_server_that_remembers_nothing_gives_the_same_file_once(register: Register, server: Server) -> None:
    server.answers["/lev.csv"] = answering(CONTENT)
    assert look(NOW) == 1
    assert look(NOW + DAY) == 0
    assert RegisterSnapshot.objects.count() == 1
    assert RegisterSource.objects.get().outcome == "unchanged"


def test_what_fails_is_told_on_the_page_and_asked_again_soon(
    register: Register, server: Server, client: Client, cast: Cast
) -> None:
    server.answers["/lev.csv"] = answering(b"", 503)
    for failures, after in enumerate((timedelta(0), timedelta(hours=1), timedelta(hours=3)), start=1):
        assert look(NOW + after) == 0
        assert look(NOW + after + timedelta(minutes=30)) == 0
        assert RegisterSource.objects.get().failures == len(server.asked) == failures
    client.force_login(cast.johan)
    page = client.get(register.get_absolute_url()).content.decode()
    assert "503" in page
    assert server.url("/lev.csv") in page
    server.answers["/lev.csv"] = answering(b"Vad;Ar\n", 200)
    look(NOW + timedelta(hours=7))
    assert RegisterSource.objects.get().problem == "refused"
    server.answers["/lev.csv"] = answering(CONTENT)
    assert look(NOW + timedelta(hours=15)) == 1
    assert RegisterSource.objects.get().failures == 0
    assert "503" not in client.get(register.get_absolute_url()).content.decode()


def test_an_address_that_is_changed_is_asked_at_once_and_told_nothing_of_the_old_one(
    register: Register, server: Server, settings: Any
) -> None:
    server.answers["/lev.csv"] = answering(CONTENT, ETag='"v1"')
    look(NOW)
    settings.REGISTER_SOURCES = [(str(register.pk), server.url("/ny.csv"), 24)]
    server.answers["/ny.csv"] = answering(csv_bytes(SUPPLIERS[:3], HEADINGS))
    assert look(NOW + timedelta(minutes=5)) == 1
    assert "if-none-match" not in server.asked[1][1]


def test_a_register_that_is_not_there_keeps_no_other_from_being_fetched(
    register: Register, server: Server, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REGISTER_SOURCES = [("finns-inte", server.url("/a.csv"), 1), *settings.REGISTER_SOURCES]
    server.answers["/lev.csv"] = answering(CONTENT)
    assert tasks.fetch_registers() == 1
    assert "finns-inte" in caplog.text


def test_two_workers_ask_once(register: Register, server: Server) -> None:
    server.answers["/lev.csv"] = lambda handler: (look(NOW), answering(CONTENT)(handler))[1]
    assert look(NOW) == 1
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "path", "name"),
    [
        (
            {"Content_Disposition": 'attachment; filename="..\\\\..\\\\hemlig/leverantorer 2025-06-30.csv"'},
            "/a",
            "leverantorer 2025-06-30.csv",
        ),
        ({"Content_Type": "application/json; charset=utf-8"}, "/v1/suppliers?alla=1", "suppliers.json"),
        ({"Content_Type": "application/zip"}, "/bulk", "bulk.zip"),
        ({"Content_Type": "text/html"}, "/", "fil"),
        ({}, "/Leverant%C3%B6rer.CSV", "Leverantörer.CSV"),
    ],
)
def test_the_file_is_called_what_the_server_calls_it(
    server: Server, tmp_path: Path, headers: dict[str, str], path: str, name: str
) -> None:
    server.answers[path] = answering(CONTENT, **headers)
    fetched = fetch(server.url(path), tmp_path / "file", known=Known(), most_bytes=10_000)
    assert fetched is not None
    assert fetched.name == name
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_what_is_not_a_whole_file_is_none(server: Server, tmp_path: Path) -> None:
    server.answers |= {
        "/cut": answering(CONTENT[:50], Content_Length=str(len(CONTENT))),
        "/large": answering(b"x" * 20_001),
        "/unstated": _endless,
        "/packed": answering(b"\x1f\x8b", Content_Encoding="gzip"),
        "/round": answering(b"", 302, Location="/round"),
        "/plain": answering(b"", 301, Location=server.url("/lev.csv").replace("https", "http")),
        "/file": answering(b"", 307, Location="file:///etc/passwd"),
        "/odd": answering(b"", 302, Location="https://[1"),
        "/far": answering(b"", 302, Location="https://localhost:99999/"),
        "/unasked": answering(b"", 304),
    }
    assert {path: why(server, path, tmp_path) for path in [*server.answers, "/gone"]} == {
        "/cut": Why.CUT_OFF,
        "/large": Why.TOO_LARGE,
        "/unstated": Why.TOO_LARGE,
        "/packed": Why.ENCODED,
        "/round": Why.REDIRECTS,
        "/plain": Why.ONLY_HTTPS,
        "/file": Why.ONLY_HTTPS,
        "/odd": Why.ONLY_HTTPS,
        "/far": Why.UNREACHABLE,
        "/unasked": Why.STATUS,
        "/gone": Why.STATUS,
    }


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1_000):
        handler.wfile.write(b"y" * 1_000)


def test_a_file_that_never_ends_is_left_when_its_time_is_over(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.is_set():
            handler.wfile.write(b"y")
            handler.wfile.flush()
            over.wait(0.05)

    monkeypatch.setattr(fetching, "SECONDS_IN_ALL", 1.0)
    server.answers["/slow"] = slow
    assert why(server, "/slow", tmp_path, most=10**9) is Why.TOO_SLOW
    over.set()


def test_a_redirect_is_followed(server: Server, tmp_path: Path) -> None:
    server.answers |= {"/a": answering(b"", 302, Location="b/lev.csv"), "/b/lev.csv": answering(CONTENT)}
    fetched = fetch(server.url("/a"), tmp_path / "file", known=Known(), most_bytes=10_000)
    assert fetched is not None
    assert fetched.name == "lev.csv"


def test_an_unknown_certificate_is_not_trusted(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers["/lev.csv"] = answering(CONTENT)
    monkeypatch.setattr(fetching, "_context", ssl.create_default_context)
    assert why(server, "/lev.csv", tmp_path) is Why.UNREACHABLE
    assert not server.asked


def test_nothing_is_fetched_from_a_private_network(tmp_path: Path) -> None:
    with serving(tmp_path) as started:
        started.answers["/lev.csv"] = answering(CONTENT)
        assert why(started, "/lev.csv", tmp_path) is Why.PRIVATE
        assert not started.asked


def test_a_redirect_leads_into_no_private_network(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "is_public", lambda address: not address.startswith("169.254."))
    server.answers["/lev.csv"] = answering(b"", 302, Location="https://169.254.169.254/latest/meta-data/")
    assert why(server, "/lev.csv", tmp_path) is Why.PRIVATE


def test_a_name_with_one_private_address_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was looked at is the one that is connected to: a name is asked for once."""
    asked = []

    def known(host: str, port: int, **_given: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("93.184.216.34", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    with Deadline(5) as deadline, pytest.raises(PrivateAddress, match=r"10\.0\.0\.7"):
        deadline.connect_to_the_world(("data.example.se", 443))
    assert asked == ["data.example.se"]


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        *[(one, True) for one in ("93.184.216.34", "8.8.8.8", "2a00:1450:400f:80c::200e", "::ffff:8.8.8.8")],
        *[(one, False) for one in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0")],
        *[(one, False) for one in ("100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1")],
        *[(one, False) for one in ("::1", "::", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1")],
        *[(one, False) for one in ("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1")],
    ],
)
def test_which_addresses_the_whole_world_has(address: str, is_so: bool) -> None:
    assert is_public(address) is is_so


def test_sources_are_read_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTER_SOURCES", "leverantorer https://data.example.se/a.csv?x=1 24,\n 7 https://b.example.se 168")
    assert env.sources("REGISTER_SOURCES") == [
        ("leverantorer", "https://data.example.se/a.csv?x=1", 24),
        ("7", "https://b.example.se", 168),
    ]
    for wrong in (
        "leverantorer http://data.example.se/a.csv 24",
        "leverantorer https://eva:hemlig@data.example.se/a.csv 24",
        "leverantorer https://data.example.se/a.csv",
        "leverantorer https://data.example.se/a.csv 0",
        "leverantorer https://data.example.se/a.csv ofta",
        "leverantorer https:///a.csv 24",
        "a https://x.se/a 1, a https://x.se/b 1",
    ):
        monkeypatch.setenv("REGISTER_SOURCES", wrong)
        with pytest.raises(ImproperlyConfigured, match="REGISTER_SOURCES"):
            env.sources("REGISTER_SOURCES")
