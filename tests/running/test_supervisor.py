"""The supervisor, with real child processes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import supervisor as supervision
from config.supervisor import GaveUp, Output, Service, Supervisor
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
READY = "up"
# The end of a child's code: it says READY and stays.
UP = f"; print({READY!r}, flush=True); import time; time.sleep(60)"

# Says READY, starts a child of its own, writes both ids to a file, and waits.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {child.pid} ")
print("up", flush=True)
time.sleep(300)
"""
# Runs a supervisor over two families until it is told to stop.
DRIVER = """
import sys
from config.supervisor import Output, Service, Supervisor

names = ["one", "two"]
services = [Service(name, [sys.executable, "-c", sys.argv[1], sys.argv[2]], ready_line="up") for name in names]
supervisor = Supervisor(services, Output(sys.stdout, names))
supervisor.listen_to_signals()
supervisor.start()
if supervisor.wait_until_ready(20):
    print("all ready", flush=True)
    supervisor.watch()
supervisor.stop()
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def supervise(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors over the given services, and stops them at the test's end."""
    monkeypatch.setattr(supervision, "FIRST_BACKOFF_SECONDS", 0.02)
    made: list[Supervisor] = []

    def make(*services: Service) -> Supervisor:
        made.append(Supervisor(services, Output(io.StringIO(), [service.name for service in services])))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def shown(supervisor: Supervisor) -> str:
    stream = supervisor.output._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A supervisor in a process of its own, all ready, and the four processes of its two families."""
    ids = tmp_path / "ids"
    driver = subprocess.Popen(python(DRIVER, FAMILY, str(ids)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    for line in driver.stdout:
        if line.strip() == "all ready":
            break
    family = [psutil.Process(int(number)) for number in ids.read_text().split()]
    assert len(family) == 4
    yield driver, family
    driver.kill()
    driver.wait()
    driver.stdout.close()
    for process in family:
        if process.is_running():
            process.kill()


def test_a_service_is_ready_when_it_says_so(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Service("one", python(f"print('hello'){UP}"), ready_line=READY))
    supervisor.start()

    assert supervisor.wait_until_ready(20)
    assert shown(supervisor) == "one | hello\n"


def test_a_service_that_does_not_get_ready_in_time_is_given_up(supervise: Callable[..., Supervisor]) -> None:
    code = "print('thinking', flush=True); import time; time.sleep(60)"
    supervisor = supervise(Service("slow", python(code), ready_line=READY))
    supervisor.start()

    with pytest.raises(GaveUp, match=r"slow did not get ready within 1.5 s\. Its last lines:\n    thinking"):
        supervisor.wait_until_ready(1.5)


def test_a_service_that_dies_is_started_again(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    code = f"import sys, pathlib; p = pathlib.Path(sys.argv[1]); seen = p.exists(); p.touch(); seen or sys.exit(3){UP}"
    supervisor = supervise(Service("one", python(code, str(tmp_path / "seen")), ready_line=READY))
    supervisor.start()

    assert supervisor.wait_until_ready(20)
    assert "(exit code 3); starting again in 0.02 s" in shown(supervisor)


def test_a_service_killed_from_outside_is_started_again(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Service("one", python(f"pass{UP}"), ready_line=READY))
    supervisor.start()
    assert supervisor.wait_until_ready(20)
    (child,) = supervisor.children
    first = child.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not child.is_ready(), "its death is seen", every=0.01)

    assert supervisor.wait_until_ready(20)
    assert child.pid != first
    assert "killed by SIGKILL" in shown(supervisor)


def test_five_quick_deaths_are_the_end_with_the_last_lines_shown(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Service("broken", python("import sys; print('no such table'); sys.exit(1)"), ready_line=READY))
    supervisor.start()

    with pytest.raises(GaveUp, match=r"broken ended 5 times within seconds of its start\. Its last lines:\n    no such table"):
        supervisor.wait_until_ready(60)


def test_services_stop_in_the_reverse_of_their_start(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\ntime.sleep(60)"
    )
    log = tmp_path / "log"
    supervisor = supervise(*(Service(name, python(code, str(log), name), ready_line=READY) for name in "abc"))
    supervisor.start()
    assert supervisor.wait_until_ready(20)

    supervisor.stop()

    assert log.read_text() == "cba"


def test_a_service_that_will_not_stop_is_killed_after_its_grace(supervise: Callable[..., Supervisor]) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + UP
    supervisor = supervise(Service("deaf", python(code), ready_line=READY, grace=0.3))
    supervisor.start()
    assert supervisor.wait_until_ready(20)
    began = time.monotonic()

    supervisor.stop()

    assert not supervisor.children[0].is_running()
    assert time.monotonic() - began < 5


def test_an_unremarkable_line_is_not_shown(supervise: Callable[..., Supervisor]) -> None:
    code = "print('routine: bye'); print(''); print('news')" + UP
    supervisor = supervise(Service("one", python(code), ready_line=READY, unremarkable=("routine",)))
    supervisor.start()
    assert supervisor.wait_until_ready(20)

    assert shown(supervisor) == "one | news\n"
    assert "routine: bye" in supervisor.children[0].last_lines


def test_lines_are_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        Output(stream, ["web", "worker"]).line("web", "text")

    assert terminal.getvalue() == "\033[36mweb    |\033[0m text\n"
    assert file.getvalue() == "web    | text\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_no_orphan(
    driven: tuple[subprocess.Popen[str], list[psutil.Process]], number: signal.Signals
) -> None:
    driver, family = driven

    driver.send_signal(number)

    assert driver.wait(timeout=10) == 0
    # A killed grandchild is gone when its new parent, the system's first process, has noticed.
    _, left = psutil.wait_procs(family, timeout=3)
    assert left == []


def test_a_killed_supervisor_leaves_no_orphan(driven: tuple[subprocess.Popen[str], list[psutil.Process]]) -> None:
    driver, family = driven

    driver.kill()

    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
