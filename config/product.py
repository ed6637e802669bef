"""The product's processes: which ones run, how each is started, what is checked before and printed after."""

from __future__ import annotations

import http.client
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from config import embedded_valkey, preparation, private_files
from config.backup.errors import BackupError
from config.backup.marker import require_whole
from config.celery import READY_LINE
from config.instance import AlreadyRunning, Instance
from config.supervisor import GaveUp, Output, Service, Supervisor

READY_SECONDS = 90.0
FREE_MEGABYTES = 50
REDIRECTS_FOLLOWED = 5
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Two processes of four threads: one a core. Slow clients take none of them (docs/decisions/0034).
WEB_WORKERS = 2
WEB_THREADS = 4


class ProductError(Exception):
    """An obstacle and what to do about it, with the exit code to leave with."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Product:
    host: str
    port: int
    with_demo: bool

    @classmethod
    def from_options(cls, host: str, port: str, *, with_demo: bool) -> Product:
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise ProductError(f"PORT={port} is not a port: a whole number from 1 to 65535.", 2)
        return cls(host, int(port), with_demo)

    @property
    def address(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def embeds_valkey(self) -> bool:
        return not os.environ.get("REDIS_URL", "").strip()

    def run(self) -> None:
        """Start everything, say where it answers, and keep it running until asked to stop."""
        began = time.monotonic()
        private_files.narrow_umask()
        try:
            with Instance(settings.VAR_DIR / "riskreg.pid", self.address):
                self._require_whole()
                self._require_disk()
                self._require_port()
                with self._reserved_port():
                    self._run(began)
        except AlreadyRunning as error:
            raise ProductError(f"Riskreg is already running at {error.address} (process {error.pid}).", 3) from None

    def _run(self, began: float) -> None:
        redis_url = embedded_valkey.prepare(settings.VAR_DIR) if self.embeds_valkey else settings.REDIS_URL
        services = self.services(redis_url)
        output = Output(sys.stdout, [service.name for service in services])
        supervisor = Supervisor(services, output)
        supervisor.listen_to_signals()
        mended = private_files.say_what_was_mended(private_files.mend(private_files.private_places()))
        if mended:
            output.say(mended)
        try:
            supervisor.start(["valkey"])
            if not self.embeds_valkey:
                self._require_redis()
            if self._prepare(supervisor, redis_url):
                supervisor.start()
                if supervisor.wait_until_ready(READY_SECONDS):
                    output.say(self._greeting(time.monotonic() - began))
                    supervisor.watch()
        except GaveUp as error:
            raise ProductError(f"{error}\nEverything was stopped.") from None
        finally:
            supervisor.stop()
        output.say("Stopped. The data is kept in " + str(settings.VAR_DIR))

    def services(self, redis_url: str) -> list[Service]:
        """Return the services in start order; they stop in the reverse."""
        environment = {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"], "REDIS_URL": redis_url}
        # Running as root is Celery's warning to give where pickles are read; here messages are JSON.
        quieter = {**environment, "PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
        celery = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
        valkey = Service(
            "valkey",
            embedded_valkey.command(settings.VAR_DIR),
            is_ready=lambda: embedded_valkey.answers(redis_url),
            grace=1.5,
            unremarkable=("Memory overcommit must be enabled", "Received SIGTERM", "ready to exit"),
        )
        worker = Service(
            "worker",
            [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
            # A time-limited warm shutdown: what does not finish goes back to the queue at once.
            environment={**quieter, "REMAP_SIGTERM": "SIGQUIT"},
            ready_line=READY_LINE,
            grace=4.5,
            unremarkable=("Hitting Ctrl+C again", "Cold shutdown (MainProcess)"),
        )
        beat = Service(
            "beat",
            [*celery, "beat", "--loglevel", "WARNING", "--pidfile="],
            environment=environment,
            ready_line=READY_LINE,
            grace=1.0,
        )
        web = Service(
            "web",
            [
                *(sys.executable, "-m", "config.web", "--host", self.host, "--port", str(self.port)),
                *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
            ],
            environment=environment,
            is_ready=self._answers,
            grace=2.5,
        )
        return [*([valkey] if self.embeds_valkey else []), worker, beat, web]

    def describe(self) -> None:
        """Print what would start, what is pending, and what stands in the way."""
        lines = [f"address   {self.address}", f"database  {_database()}", f"data      {settings.VAR_DIR}"]
        lines.append("redis     embedded, loopback only" if self.embeds_valkey else "redis     REDIS_URL")
        lines += [f"{service.name:<9} {' '.join(service.command)}" for service in self.services(settings.REDIS_URL)]
        pending = self._pending_migrations()
        lines.append(f"migrate   {len(pending)} pending" if pending else "migrate   nothing to do")
        lines.append("static    " + ("nothing to do" if preparation.static_is_collected() else "to collect"))
        sys.stdout.write("\n".join(lines) + "\n")
        self._require_port()
        self._require_disk()

    def _prepare(self, supervisor: Supervisor, redis_url: str) -> bool:
        """Prepare tables, static files and demo data. Return False when asked to stop meanwhile."""
        say = supervisor.output.say
        if pending := self._pending_migrations():
            say(f"Preparing the database ({len(pending)} migrations)")
            preparation.migrate()
        if not preparation.static_is_collected():
            say("Collecting static files")
            preparation.collect_static()
        if not os.environ.get("DATABASE_URL") and not preparation.has_users():
            # A first start that was killed may have left it.
            preparation.leave_the_demo_s_day()
            if self.with_demo:
                self._load_demo(supervisor, redis_url)
        # The children open their own connections; an idle one here would hold the file or a server slot.
        connection.close()
        return not supervisor.is_asked_to_stop

    def _load_demo(self, supervisor: Supervisor, redis_url: str) -> None:
        """Load the demonstration in a process of its own, while the worker and the web server start beside it.

        They stand on its day from their start. Nothing of it is left when it fails or is asked to stop. Raises ProductError.
        """
        supervisor.output.say("Loading the demo municipality")
        if self.embeds_valkey and not supervisor.wait_until_ready(READY_SECONDS):
            return
        connection.close()
        preparation.stand_on_the_demo_s_day()
        supervisor.start(["worker", "web"])
        loading = subprocess.run(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "load_demo"],
            # The story is told on its own days.
            env={**os.environ, "REDIS_URL": redis_url, "RISKREG_TODAY": os.environ.get("RISKREG_TODAY", "")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if loading.returncode != 0:
            preparation.leave_the_demo_s_day()
            if not supervisor.is_asked_to_stop:
                raise ProductError(
                    f"The demo could not be loaded. Start without it: make run ARGS=--no-demo\n{loading.stdout.strip()[-2000:]}"
                )

    def _pending_migrations(self) -> list[str]:
        try:
            return preparation.pending_migrations()
        except DatabaseError as error:
            raise ProductError(
                f"The database {_database()} cannot be used: {str(error).strip()}\n"
                "Check DATABASE_URL (postgres://user:password@host:5432/name), or unset it to use the embedded database."
            ) from None

    def _require_port(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with closing(socket.socket(family)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except PermissionError:
                raise ProductError(
                    f"Port {self.port} needs root on this machine. Choose one from 1024 up: make run PORT=8000", 2
                ) from None
            except socket.gaierror:
                raise ProductError(
                    f"HOST={self.host} is not an address of this machine. For this machine only: HOST=127.0.0.1", 2
                ) from None
            except OSError as error:
                raise ProductError(
                    f"Port {self.port} on {self.host} cannot be used: {error.strerror or error}. "
                    f"Choose another: make run PORT={_free_port_after(self.host, family, self.port)}",
                    2,
                ) from None

    def _reserved_port(self) -> closing[socket.socket]:
        """Reserve the port while the database is prepared and whenever the web server restarts.

        Bound but not listening, and shared (SO_REUSEPORT) with the web server, which shares too:
        nobody else can take the port, and no connection ends here. Without SO_REUSEADDR, by which a
        second product's question for the port (_require_port) would pass it by until somebody listens:
        both would then serve the same address, and answer in turn.
        """
        held = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((self.host, self.port))
        return closing(held)

    def _require_disk(self) -> None:
        free = shutil.disk_usage(settings.VAR_DIR).free // (1024 * 1024)
        if free < FREE_MEGABYTES:
            raise ProductError(
                f"Not enough disk space in {settings.VAR_DIR}: {free} MB free, at least {FREE_MEGABYTES} MB needed."
            )

    def _require_whole(self) -> None:
        try:
            require_whole()
        except BackupError as refusal:
            raise ProductError(str(refusal)) from None

    def _require_redis(self) -> None:
        import redis

        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5).ping()
        except redis.RedisError as error:
            raise ProductError(
                f"The server at REDIS_URL does not answer: {error}\n"
                "Start it, correct REDIS_URL, or unset REDIS_URL to use the embedded server."
            ) from None

    def _answers(self) -> bool:
        """Return whether the front page leads somewhere that is served: in practice the sign-in page.

        A refused Host or a redirect to https is an answer too.
        """
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        path = "/"
        with closing(http.client.HTTPConnection(host, self.port, timeout=5)) as web:
            for _ in range(REDIRECTS_FOLLOWED):
                try:
                    web.request("GET", path)
                    answer = web.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    return False
                path = answer.headers.get("Location", "")
                if answer.status not in {301, 302} or not path.startswith("/"):
                    return answer.status < 500
        return False

    def _greeting(self, seconds: float) -> str:
        lines = ["", f"Riskreg answers at {self.address} (started in {seconds:.1f} s). Stop it with Ctrl-C.", ""]
        logins, has_users = preparation.demo_logins(), preparation.has_users()
        connection.close()
        if not has_users:
            lines += [
                "Nobody can sign in yet. Make the first operator in another terminal:",
                f"  {_as_here()}.venv/bin/python manage.py createsuperuser",
                "Then sign in: the start page shows the first steps.",
                "",
            ]
        if logins:
            wide = [max(len(login[column]) for login in logins) for column in range(2)]
            lines += ["Sign in to the demo as", ""]
            lines += [f"  {role:<{wide[0]}}  {email:<{wide[1]}}  {password}" for role, email, password in logins]
            lines.append("")
            if self.host not in LOOPBACK:
                lines += ["These passwords are public, and other machines reach this address: remove the demo's accounts.", ""]
        return "\n".join(lines)


def _as_here() -> str:
    """Return what stands before a command in another terminal, so that it means this installation: its surroundings.

    The database's address may hold a password, which is not printed.
    """
    told = []
    if var := os.environ.get("RISKREG_VAR", "").strip():
        told.append(f"RISKREG_VAR={shlex.quote(var)} ")
    if os.environ.get("DATABASE_URL", "").strip():
        told.append("DATABASE_URL=<the same> ")
    return "".join(told)


def _database() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return str(Path(name))
    return f"{name} on {connection.settings_dict['HOST'] or 'the local socket'}"


def _free_port_after(host: str, family: socket.AddressFamily, port: int) -> int:
    for candidate in range(port + 1, min(port + 100, 65536)):
        with closing(socket.socket(family)) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return 8000
