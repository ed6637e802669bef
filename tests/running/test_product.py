"""`manage.py run` as its user meets it: real processes on a fresh directory."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from config import product
from config.embedded_valkey import free_port
from config.instance import AlreadyRunning, Instance
from config.product import Product, ProductError
from tests.running.test_private_files import open_to_others
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SURROUNDINGS = {"DATABASE_URL", "REDIS_URL", "PORT", "HOST", "DJANGO_SETTINGS_MODULE", "HTTPS", "DEBUG"}


def environment(directory: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SURROUNDINGS}
    return {**kept, "RISKREG_VAR": str(directory / "var"), "STATIC_ROOT": str(directory / "static")}


def run(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return manage(directory, "run", "--no-demo", *options)


def manage(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(directory),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Running:
    """A started product, answering; `lines` is what it printed until then."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(self.port), *options],
            cwd=ROOT,
            env=environment(directory),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0,
        )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if "Riskreg answers at" in line:
                break
        else:
            pytest.fail("It did not start:\n" + "\n".join(self.lines))
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def named(self, part: str) -> psutil.Process:
        """The direct child with this in its command."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if part in " ".join(child.cmdline()))

    def status(self) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as web:
            web.request("GET", "/")
            return web.getresponse().status

    def status_if_it_answers(self) -> int | None:
        with suppress(OSError):
            return self.status()
        return None


def assert_it_makes_an_account(home: Path, printed: str) -> None:
    """Run the printed command as in another terminal, which knows nothing of this one's surroundings."""
    elsewhere = environment(home) | {"DJANGO_SUPERUSER_PASSWORD": "ett-langt-losenord-for-drift"}
    del elsewhere["RISKREG_VAR"]
    command = f"{printed} --noinput --email drift@lillkoping.example --name Drift"
    made = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, env=elsewhere, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert "drift@lillkoping.example" in manage(home, "shell", "-c", LOGINS).stdout


LOGINS = "from riskreg.models import User; print(*User.objects.values_list('email', flat=True))"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set up by the first start; the next ones find it as it was left. A letter in it lies open to everybody at first."""
    home = tmp_path_factory.mktemp("home")
    letter = home / "var" / "mail" / "letter.log"
    letter.parent.mkdir(parents=True)
    letter.write_text("A link to a new password")
    letter.chmod(0o644)
    letter.parent.chmod(0o755)
    return home


@pytest.fixture
def running(home: Path) -> Iterator[Running]:
    product = Running(home, "--no-demo")
    yield product
    if product.process.poll() is None:
        product.process.terminate()
        product.process.wait(timeout=15)
    assert product.process.stdout is not None
    product.process.stdout.close()


def test_it_starts_serves_refuses_a_second_and_stops_without_a_trace(running: Running, home: Path) -> None:
    assert f"http://127.0.0.1:{running.port}/" in running.lines[-1]
    assert running.process.stdout is not None
    said = [running.process.stdout.readline().strip() for _ in range(4)]
    assert said[1:] == [
        "Nobody can sign in yet. Make the first operator in another terminal:",
        f"RISKREG_VAR={home / 'var'} .venv/bin/python manage.py createsuperuser",
        "Then sign in: the start page shows the first steps.",
    ]
    assert_it_makes_an_account(home, said[2])
    assert running.status() in {200, 302}
    assert any("Other accounts of this machine could read" in line for line in running.lines)
    assert open_to_others(home / "var") == []
    # web and worker with two processes each, beat, the embedded server and the leash
    assert len(running.family) == 9

    with closing(socket.socket()) as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", running.port))

    second = run(home, "--port", str(free_port()))
    assert second.returncode == 3
    assert f"already running at http://127.0.0.1:{running.port}/" in second.stderr

    backup = home / "while-it-runs.tar"
    assert manage(home, "backup", str(backup)).returncode == 0
    refused = manage(home, "restore", str(backup), "--over", "riskreg.sqlite3")
    assert refused.returncode == 2
    assert f"http://127.0.0.1:{running.port}/" in refused.stdout + refused.stderr
    assert running.status() in {200, 302}

    running.process.send_signal(signal.SIGINT)
    # How long it may take is its services' business, below; here the machine may be busy.
    assert running.process.wait(timeout=60) == 0
    _, left = psutil.wait_procs(running.family, timeout=10)
    assert [process.cmdline() for process in left] == []


def test_all_services_together_are_given_less_than_ten_seconds_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops it kills it after ten; each is killed when its own time is over."""
    monkeypatch.setattr(Product, "embeds_valkey", True)
    services = Product("127.0.0.1", free_port(), with_demo=False).services("redis://127.0.0.1:9/0")
    assert [service.name for service in services] == ["valkey", "worker", "beat", "web"]
    assert sum(service.grace for service in services) < 10


def test_a_dead_web_server_comes_back_and_a_killed_supervisor_leaves_nothing(running: Running) -> None:
    running.named("config.web").kill()
    assert wait_until(running.status_if_it_answers, "the web server comes back", every=0.1) in {200, 302}
    family = psutil.Process(running.process.pid).children(recursive=True)

    running.process.kill()

    _, left = psutil.wait_procs(family, timeout=15)
    assert [process.cmdline() for process in left] == []


def test_a_taken_port_is_named_with_how_to_choose_another(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        answer = run(tmp_path, "--port", str(port))

    assert answer.returncode == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in answer.stderr
    assert "Choose another: make run PORT=" in answer.stderr


def test_a_port_that_another_product_has_reserved_is_taken_before_anybody_listens_on_it() -> None:
    port = free_port()
    first, second = (Product("127.0.0.1", port, with_demo=False) for _ in range(2))
    with first._reserved_port():
        with pytest.raises(ProductError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            second._require_port()
        with closing(socket.socket()) as web:
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            web.bind(("127.0.0.1", port))
            web.listen()
            with closing(socket.create_connection(("127.0.0.1", port))):
                web.accept()[0].close()
    # Connections that ended lately are no hindrance.
    second._require_port()
    with second._reserved_port():
        pass


def test_check_says_what_would_start_and_starts_nothing(tmp_path: Path) -> None:
    answer = run(tmp_path, "--check", "--port", str(free_port()))

    assert answer.returncode == 0, answer.stderr
    for word in ("valkey", "worker", "beat", "web", "config.web", "pending"):
        assert word in answer.stdout
    assert not (tmp_path / "var" / "valkey").exists()


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    missing = {**environment(tmp_path), "DATABASE_URL": f"postgres://riskreg:x@127.0.0.1:{free_port()}/riskreg"}
    answer = subprocess.run(
        [sys.executable, "manage.py", "run", "--check"],
        cwd=ROOT,
        env=missing,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 1
    assert "The database riskreg on 127.0.0.1 cannot be used" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ProductError, match=f"PORT={port} is not a port") as refusal:
        Product.from_options("127.0.0.1", port, with_demo=False)

    assert refusal.value.exit_code == 2


def test_a_second_instance_learns_where_the_first_one_is(tmp_path: Path) -> None:
    with (
        Instance(tmp_path / "pid", "http://127.0.0.1:8000/"),
        pytest.raises(AlreadyRunning) as refusal,
        Instance(tmp_path / "pid", "http://127.0.0.1:8001/"),
    ):
        pass

    assert refusal.value.address == "http://127.0.0.1:8000/"
    assert refusal.value.pid == os.getpid()


def test_what_a_killed_instance_left_behind_does_not_block_the_next(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text('{"pid": 1, "address": "http://127.0.0.1:8000/"}')

    with Instance(tmp_path / "pid", "http://127.0.0.1:8001/"):
        assert "8001" in (tmp_path / "pid").read_text()


def test_the_database_s_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKREG_VAR", "/srv/risk reg")
    monkeypatch.setenv("DATABASE_URL", "postgres://riskreg:hemligt@db/riskreg")
    assert product._as_here() == "RISKREG_VAR='/srv/risk reg' DATABASE_URL=<the same> "
