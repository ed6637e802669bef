"""Slow clients hold connections, never the threads that answer pages; too slow ones are cut off, too many are refused."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.faults.slow_clients import (
    ATTACKERS_BEGIN,
    HALF_SENT_FORM,
    HALF_SENT_HEADERS,
    LARGE,
    LARGE_BYTES,
    PAGE,
    WHOLE,
    WHOLE_OF_THE_LARGE,
    Site,
    address,
    all_of,
    is_connected,
    site,
    whole_answer,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.one_engine]
ATTACKERS = 200
SMALL_WINDOW = 4096


@pytest.fixture(scope="module")
def patient_site() -> Iterator[Site]:
    """It cuts nobody off while a drill runs."""
    with site(WEB_PATIENCE="600", WEB_IDLE="600") as found:
        yield found


@pytest.fixture(scope="module")
def strict_site() -> Iterator[Site]:
    """It loses its patience after a second."""
    with site(workers=1, WEB_PATIENCE="1") as found:
        yield found


@pytest.fixture(scope="module")
def small_site() -> Iterator[Site]:
    """One worker with room for twenty connections, eight of one address."""
    with site(workers=1, WEB_PATIENCE="600", WEB_IDLE="600", WEB_CONNECTIONS="20", WEB_CONNECTIONS_PER_ADDRESS="8") as found:
        yield found


def _nothing_is_said(_client: socket.socket) -> bool:
    return True


def _the_answer_begins(client: socket.socket) -> bool:
    return client.recv(12) == b"HTTP/1.1 200"


def _the_answer_has_ended(client: socket.socket) -> bool:
    return whole_answer(client) == 200


@pytest.mark.parametrize(
    ("sent", "window", "until"),
    [
        (HALF_SENT_HEADERS, None, _nothing_is_said),
        (HALF_SENT_FORM, None, _nothing_is_said),
        (WHOLE_OF_THE_LARGE, SMALL_WINDOW, _the_answer_begins),
        (WHOLE, None, _the_answer_has_ended),
    ],
    ids=["half-sent headers", "half-sent forms", "readers who do not read on", "idle connections"],
)
def test_pages_are_answered_while_200_slow_clients_are_connected(
    patient_site: Site, sent: str, window: int | None, until: Callable[[socket.socket], bool]
) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(patient_site.saying(sent, address(number), window=window)) for number in range(ATTACKERS)]
        assert all(map(until, slow))

        assert {patient_site.status() for _ in range(10)} == {200}
        assert patient_site.held(ATTACKERS_BEGIN) == ATTACKERS
        if until is _nothing_is_said:
            for client in slow:
                client.sendall(b"a")

        assert {patient_site.status() for _ in range(10)} == {200}
        assert patient_site.held(ATTACKERS_BEGIN) == ATTACKERS
    wait_until(lambda: patient_site.held(ATTACKERS_BEGIN) == 0, "the server lets go of clients who left")


@pytest.mark.parametrize("sent", [HALF_SENT_HEADERS, HALF_SENT_FORM], ids=["headers", "form"])
def test_a_request_that_does_not_arrive_is_ended_with_a_plain_answer(strict_site: Site, sent: str) -> None:
    with strict_site.saying(sent) as client:
        said = all_of(client)

    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert said.endswith(b"The request took too long to arrive.\n")


def test_an_answer_that_nobody_reads_is_ended(strict_site: Site) -> None:
    """The first bytes show that it was under way; that it ended can be seen without reading: the server's side is gone."""
    with strict_site.saying(WHOLE_OF_THE_LARGE, "127.0.8.1", window=SMALL_WINDOW) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        wait_until(lambda: strict_site.held("127.0.8.1") == 0, "the server gives up a reader who reads nothing")

        assert len(all_of(client)) < LARGE_BYTES


def test_one_address_holds_few_connections_and_others_are_served(small_site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(8):
            # None of them is idle, so none can be given up for another.
            stack.enter_context(small_site.saying(HALF_SENT_HEADERS, "127.0.9.1"))
        # They are accepted in turn, so the ninth is judged after them.
        with small_site.client("127.0.9.1") as ninth:
            assert all_of(ninth).startswith(b"HTTP/1.1 429 Too Many Requests\r\n")

        assert small_site.status() == 200


def test_a_town_hall_behind_one_address_is_let_in(patient_site: Site) -> None:
    """As when thirty people open a page at once, six connections each, with none of them idle yet."""
    with ExitStack() as stack:
        clients = [stack.enter_context(patient_site.saying(HALF_SENT_HEADERS, "127.0.13.1")) for _ in range(180)]
        for client in clients:
            client.sendall(b"\r\n\r\n")

        assert {whole_answer(client) for client in clients} == {200}


def test_an_idle_connection_gives_way_to_a_new_one_of_its_address(small_site: Site) -> None:
    with ExitStack() as stack:
        idle = []
        for _ in range(8):
            client = stack.enter_context(small_site.saying(WHOLE, "127.0.9.2"))
            assert whole_answer(client) == 200
            idle.append(client)
        with small_site.saying(WHOLE, "127.0.9.2") as ninth:
            assert ninth.recv(12) == b"HTTP/1.1 200"

        # Which of them, tests/web/test_idle_connections.py asks: here the server may learn of the first later than of the next.
        assert sum(is_connected(client) for client in idle) == 7


def test_when_every_connection_is_taken_the_next_is_told_so(small_site: Site) -> None:
    with ExitStack() as stack:
        for number in range(20):
            stack.enter_context(small_site.saying(HALF_SENT_HEADERS, f"127.0.10.{1 + number // 4}"))
        with small_site.client("127.0.11.1") as late:
            assert all_of(late).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


def test_a_stranger_s_large_body_is_refused_before_it_is_sent(strict_site: Site) -> None:
    asked = f"POST {PAGE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6000000\r\n\r\n"
    with strict_site.saying(asked) as client:
        assert all_of(client).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_is_refused_is_not_asked_for_either(strict_site: Site) -> None:
    asked = f"POST {PAGE} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 6000000\r\n\r\n"
    with strict_site.saying(asked) as client:
        assert all_of(client).startswith(b"HTTP/1.1 413 ")


def test_requests_sent_before_the_answer_are_not_piled_up(patient_site: Site) -> None:
    """A thousand answers that wait for a reader would each hold a file."""
    with patient_site.saying(WHOLE * 1000) as client:
        said = all_of(client)
    assert said.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert b"HTTP/1.0 400 Bad Request\r\n" in said
    assert said.count(b"Wait for the answer before the next request.") == 1


def test_an_answer_to_head_has_no_body_and_the_connection_stays(patient_site: Site) -> None:
    for path in (PAGE, f"/static/{LARGE}", "/nowhere"):
        with patient_site.saying(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
            said = b""
            while not said.endswith(b"\r\n\r\n"):
                said += client.recv(1)
            client.sendall(WHOLE.encode("ascii"))
            assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_what_came_of_a_body_leaves_the_disk_with_its_client(patient_site: Site) -> None:
    workers = psutil.Process(patient_site.process.pid).children()
    before = sum(worker.num_fds() for worker in workers)
    head = HALF_SENT_FORM.replace("Content-Length: 100000", "Content-Length: 4000000")
    for _ in range(20):
        with patient_site.saying(head + "a" * 2_000_000, "127.0.12.1"):
            wait_until(lambda: sum(worker.num_fds() for worker in workers) > before + 1, "the body lies in a file")
        wait_until(lambda: patient_site.held("127.0.12.1") == 0, "the server lets go of a client who left")
        wait_until(lambda: sum(worker.num_fds() for worker in workers) <= before, "the file is gone with its client")


def test_a_worker_that_dies_is_started_again_and_the_port_stays(patient_site: Site) -> None:
    parent = psutil.Process(patient_site.process.pid)
    killed = parent.children()[0]
    killed.kill()
    assert patient_site.status() == 200

    wait_until(lambda: len({child.pid for child in parent.children()} - {killed.pid}) == 2, "the worker comes back")
    assert patient_site.status() == 200


def test_the_proxy_s_headers_arrive_where_there_is_one() -> None:
    with site(workers=1, HTTPS="1") as behind_proxy:
        assert behind_proxy.status() == 301
        assert behind_proxy.status(headers={"X-Forwarded-Proto": "https"}) == 200


def test_it_ends_with_its_workers_when_asked_and_when_it_cannot_start() -> None:
    with site(workers=2) as found:
        workers = psutil.Process(found.process.pid).children()
        os.kill(found.process.pid, signal.SIGTERM)
        assert found.process.wait(timeout=60) == 0
        assert psutil.wait_procs(workers, timeout=10)[1] == []

    with site(workers=1, WEB_PATIENCE="none") as broken:
        assert broken.process.wait(timeout=60) == 1
