"""The first start with the demonstration: the worker and the web server start while it is loaded, and stand on its day."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config import preparation, product
from config.product import Product, ProductError
from controls.demo.municipality import TODAY
from tests.running.test_product import Running

pytestmark = pytest.mark.one_engine


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait(timeout=15)
    assert running.process.stdout is not None
    running.process.stdout.close()


def test_the_first_start_loads_the_demonstration_and_tells_its_logins(started: Running, tmp_path: Path) -> None:
    assert started.process.stdout is not None
    said = [started.process.stdout.readline() for _ in range(4)]
    assert "Sign in to the demo as" in said[1]
    assert "@alingsas.example" in said[3]
    assert "Loading the demo municipality" in started.lines
    assert (tmp_path / "var" / "today").read_text() == TODAY.isoformat()
    assert started.status() in {200, 302}
    assert len(started.family) == 9


class Waiting:
    """A supervisor that is ready at once."""

    is_asked_to_stop = False

    def __init__(self) -> None:
        self.output = self
        self.started: list[str] = []

    def say(self, text: str) -> None:
        assert text

    def start(self, names: list[str]) -> None:
        # They read the day when they start.
        assert (settings.VAR_DIR / "today").exists()
        self.started += names

    def wait_until_ready(self, seconds: float) -> bool:
        return True


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.usefixtures("transactional_db")
def test_the_day_is_the_demonstrations_only_when_it_was_loaded(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    given: list[str] = []

    def load(command: list[str], *, env: dict[str, str], **_options: Any) -> subprocess.CompletedProcess[str]:
        given.append(env["RISKREG_TODAY"])
        return subprocess.CompletedProcess(command, code, stdout="no room")

    monkeypatch.delenv("RISKREG_TODAY", raising=False)
    monkeypatch.setattr(product.subprocess, "run", load)  # type: ignore[attr-defined]
    waiting: Any = Waiting()
    first = Product("127.0.0.1", 1, with_demo=True)
    if code:
        with pytest.raises(ProductError, match="no room"):
            first._load_demo(waiting, "redis://x")
    else:
        first._load_demo(waiting, "redis://x")
    assert waiting.started == ["worker", "web"]
    assert given == [""]
    assert (tmp_path / "today").exists() == (code == 0)
    preparation.leave_the_demo_s_day()
    preparation.leave_the_demo_s_day()
    assert not (tmp_path / "today").exists()
