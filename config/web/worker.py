"""One worker of the web server: the application, its threads and the event loop in front of them."""

from __future__ import annotations

import logging
import resource
import signal
import socket

from django.conf import settings
from waitress.adjustments import Adjustments

from config.web.connections import Server
from config.web.limits import Limits

GRACE = 1.8
"""Seconds that requests at work have when the worker is asked to stop."""
FILES_OF_ITS_OWN = 128
"""Open files that the application needs besides those of connections."""
UNSENT = 128 * 1024
"""Bytes of an answer that wait in the kernel besides what is on its way."""
FILES_PER_CONNECTION = 3
"""A connection, its request and its answer."""


def adjustments(threads: int) -> Adjustments:
    """Return waitress's settings: everything is buffered, and the limits on clients are the product's own."""
    made = Adjustments(
        threads=threads,
        recv_bytes=65536,
        inbuf_overflow=262144,
        outbuf_overflow=262144,
        # An answer is buffered whole, on disk where it is large: no thread waits for a slow reader.
        outbuf_high_watermark=2**31 - 1,
        max_request_header_size=65536,
        # The loop asks for its own (Limits); waitress would stop accepting altogether.
        connection_limit=2**31 - 1,
        cleanup_interval=1,
        asyncore_use_poll=True,
        # Django reads the proxy's headers, and only where it is told to (HTTPS=1).
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
        ident=None,
    )
    made.socket_options = [*Adjustments.socket_options, *_unsent_at_most(UNSENT)]
    return made


def _unsent_at_most(count: int) -> list[tuple[int, int, int]]:
    """Return the socket option by which the kernel takes no more than it can send soon (Linux and macOS).

    Else it takes four megabytes for each reader who does not read.
    """
    return [(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, count)] if hasattr(socket, "TCP_NOTSENT_LOWAT") else []


def limits() -> Limits:
    """Return the limits as the settings have them, as far as this process may open files."""
    return Limits(
        connections=min(settings.WEB_CONNECTIONS, _connections_that_fit()),
        connections_per_address=settings.WEB_CONNECTIONS_PER_ADDRESS,
        patience=settings.WEB_PATIENCE,
        least_rate=settings.WEB_LEAST_RATE,
        idle=settings.WEB_IDLE,
    )


def _connections_that_fit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.WEB_CONNECTIONS * FILES_PER_CONNECTION + FILES_OF_ITS_OWN
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    granted = wanted if soft == resource.RLIM_INFINITY else soft
    return max(granted - FILES_OF_ITS_OWN, FILES_PER_CONNECTION) // FILES_PER_CONNECTION


def serve(descriptor: int, threads: int) -> None:
    """Serve on the listening socket that the parent has opened, until asked to stop."""
    from config.wsgi import application

    # A line for each request that waits for a thread is noise: the page is answered a little later.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = Server(application, socket.socket(fileno=descriptor), adjustments(threads), limits())
    asked: list[int] = []

    def ask(number: int, _frame: object) -> None:
        asked.append(number)
        server.pull_trigger()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    while not asked:
        server.serve()
    server.stop(GRACE)
