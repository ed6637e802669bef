"""The first start: which Python, how much room, what is said when it cannot work."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from config import bootstrap, fetch_pip

ROOT = Path(bootstrap.__file__).resolve().parent.parent
OLD = bootstrap.Python("/usr/bin/python3", (3, 9))


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An otherwise empty PATH to put interpreters on."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_python(folder: Path, name: str, says: str) -> Path:
    python = folder / name
    python.write_text(f"#!/bin/sh\necho {says}\n")
    python.chmod(0o755)
    return python


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    (tmp_path / "requirements-dev.txt").write_text("django==5.2\npytest==9\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def stamp(project: Path, purpose: str) -> None:
    (project / ".venv" / "stamp.json").write_text(json.dumps(bootstrap.fingerprint(project, purpose)))


def test_an_old_python_can_still_read_the_script() -> None:
    ast.parse((ROOT / "config" / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_alone_is_named_with_what_is_needed(path: Path) -> None:
    with pytest.raises(bootstrap.BootstrapError) as refusal:
        bootstrap.suitable_python(OLD)

    assert "Python 3.11 or newer is needed, found 3.9 at /usr/bin/python3" in str(refusal.value)
    assert "looked for python3.14..python3.11" in str(refusal.value)


def test_a_newer_python_beside_an_old_one_is_used(path: Path) -> None:
    newer = put_python(path, "python3.12", "3 12")

    assert bootstrap.suitable_python(OLD) == str(newer)


def test_a_name_with_an_old_python_or_nothing_behind_it_is_passed_over(path: Path) -> None:
    put_python(path, "python3.13", "3 8")
    put_python(path, "python3.12", "command not found")
    right = put_python(path, "python3.11", "3 11")

    assert bootstrap.suitable_python(OLD) == str(right)


def test_the_whole_script_says_it_and_fails(path: Path, tmp_path: Path) -> None:
    pretend = (
        "import runpy, sys, collections\n"
        "sys.version_info = (3, 9, 2, 'final', 0)\n"
        f"sys.argv = ['bootstrap.py', 'run']\n"
        f"runpy.run_path({str(copied(tmp_path))!r}, run_name='__main__')\n"
    )

    command = [sys.executable, "-I", "-c", pretend]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))

    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed, found 3.9" in answer.stderr
    assert "Traceback" not in answer.stderr


def copied(tmp_path: Path) -> Path:
    """The script in a project that has no .venv yet."""
    project = tmp_path / "fresh"
    (project / "config").mkdir(parents=True)
    for name in bootstrap.REQUIREMENTS.values():
        (project / name).write_text("")
    script = project / "config" / "bootstrap.py"
    script.write_text((ROOT / "config" / "bootstrap.py").read_text(encoding="utf-8"), encoding="utf-8")
    return script


def test_a_full_disk_is_named_before_anything_is_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Disk(10**9, 10**9 - 120 * 2**20, 120 * 2**20))

    with pytest.raises(bootstrap.BootstrapError, match=r"Not enough disk space in .*: 120 MB free, about 650 MB needed"):
        bootstrap.bootstrap(project, "run", bootstrap.Python(sys.executable, (3, 11)))


def test_an_environment_made_from_these_locks_is_ready(project: Path) -> None:
    stamp(project, "run")

    assert bootstrap.is_ready(project, "run")
    assert not bootstrap.is_ready(project, "test")


def test_an_environment_for_the_tests_serves_for_running(project: Path) -> None:
    stamp(project, "test")

    assert bootstrap.is_ready(project, "run")


def test_a_changed_lock_makes_it_unready(project: Path) -> None:
    stamp(project, "run")
    (project / "requirements.txt").write_text("django==5.3\n")

    assert not bootstrap.is_ready(project, "run")


def test_an_environment_whose_python_is_gone_is_not_ready(project: Path) -> None:
    stamp(project, "run")
    (project / ".venv" / "bin" / "python").unlink()

    assert not bootstrap.is_ready(project, "run")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "The package index could not be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was locked"),
        ("error: something else", "could not be installed"),
    ],
)
def test_a_failure_of_the_installation_is_explained(output: str, said: str) -> None:
    explained = bootstrap.diagnosis("first line\n" + output, ROOT)

    assert said in explained
    assert output in explained


def pins(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Za-z0-9._-]+(?:\[[^\]]+\])?==[^\s\\;]+)", lines, re.MULTILINE))


def test_the_lock_for_tests_holds_every_pin_of_the_one_for_running() -> None:
    assert pins("requirements.txt")
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


class Index:
    """A package index on the loopback that serves one pip wheel."""

    def __init__(self, folder: Path, content: bytes) -> None:
        (folder / "simple" / "pip").mkdir(parents=True)
        (folder / "simple" / "pip" / "index.html").write_text(f'<a href="../../files/{fetch_pip.WHEEL}#sha256=0">pip</a>')
        (folder / "files").mkdir()
        (folder / "files" / fetch_pip.WHEEL).write_bytes(content)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/simple"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """The test's output stays the test's."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index(tmp_path, b"a wheel")
    threading.Thread(target=index.server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.url + "/nothing-here")
    yield index
    index.server.shutdown()
    index.server.server_close()


def test_pip_is_fetched_from_the_configured_index(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_pip, "SHA256", hashlib.sha256(b"a wheel").hexdigest())

    assert fetch_pip.fetch_wheel() == b"a wheel"


def test_a_pip_with_another_hash_is_refused(index: Index) -> None:
    with pytest.raises(SystemExit, match="hash differs from the pinned one"):
        fetch_pip.fetch_wheel()


def test_the_index_is_taken_from_pips_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://mirror.example.org/simple/\n")
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))

    assert fetch_pip.index_pages()[0] == "https://mirror.example.org/simple/pip/"
