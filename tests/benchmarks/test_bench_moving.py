"""`make bench`: a register of 100,000 risks and 2,000,000 history rows moves from SQLite to PostgreSQL and back.

By the commands that are typed, each in a process of its own, timed by the clock from line to line of what they say. A backup is
read again before it has its name, a restore compares every row and verifies the trail: all of that is in the time. The PostgreSQL
waits for the disk, as a real one does. Another size: `RISKREG_BENCH_PLANS=10` is a tenth of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.backup.archive import Archive, Contents
from riskreg.models import ControlPlan, Unit
from riskreg.trail.seals import seal
from tests.backup.conftest import register  # noqa: F401
from tests.backup.test_moving import ROOT
from tests.benchmarks.figures import record
from tests.benchmarks.test_bench_history_heatmap import RISKS, ROWS, write_register
from tests.cast import Cast
from tests.with_postgres import postgres

PLANS = int(os.environ.get("RISKREG_BENCH_PLANS", "100"))
CEILING = 15 * 60.0
"""Seconds of a backup and its restore into the other engine."""


class Run(NamedTuple):
    """One command: its steps with their seconds, and the whole."""

    steps: list[tuple[str, float]]
    seconds: float


def timed(var: Path, database: str, *arguments: str, **environment: str) -> Run:
    """Run a command of the installation with these files and this database."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**bare, "RISKREG_VAR": str(var), "DATABASE_URL": database, "RISKREG_TODAY": "2025-09-08", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    started = before = time.perf_counter()
    said = ""
    steps: list[tuple[str, float]] = []
    lines = []
    for line in process.stdout:
        now = time.perf_counter()
        steps.append((said, now - before))
        said, before = line.strip(), now
        lines.append(line)
    process.wait()
    ended = time.perf_counter()
    assert process.returncode == 0, "".join(lines)
    steps.append((said, ended - before))
    return Run([(said or "start", seconds) for said, seconds in steps if seconds >= 1], ended - started)


def write_plans(cast: Cast) -> tuple[int, int]:
    """Write a hundred plans, of as many units, and their risks; return the numbers of risks and of their history rows."""
    for number in range(PLANS):
        unit = Unit.objects.create(name=f"Nämnd {number:03d}", kind="committee", parent=cast.municipality)
        ControlPlan.objects.create(unit=unit, year=2026, matrix=cast.matrix)
    return write_register()


@pytest.mark.bench
@pytest.mark.one_engine
@pytest.mark.django_db(transaction=True)
def test_a_register_of_100000_risks_moves_to_the_other_engine_in_a_quarter_of_an_hour(
    register: Cast,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    risks, rows = write_plans(register)
    assert risks >= PLANS * RISKS
    assert rows >= PLANS * RISKS * ROWS
    seal(timezone.now())
    lines: list[str] = []
    taken: dict[str, float] = {}

    def step(name: str, work: Callable[[], Run]) -> None:
        run = work()
        taken[name] = run.seconds
        lines.append(f"{name:32} {run.seconds:6.0f} s")
        lines.extend(f"  {said[:60]:60} {seconds:6.0f} s" for said, seconds in run.steps)

    def saved(name: str) -> Contents:
        path = tmp_path / name
        lines.append(f"  the file: {path.stat().st_size / 1_000_000:.0f} MB")
        return Archive(path).check()[1]

    there = Path(settings.VAR_DIR), f"sqlite:///{connection.settings_dict['NAME']}"
    connection.close()
    with postgres(durable=True) as url:
        with psycopg.connect(url.replace("/riskreg?", "/postgres?"), autocommit=True) as server:
            server.execute("CREATE DATABASE riskreg")
        step(
            "backup from SQLite", lambda: timed(*there, "backup", str(tmp_path / "one.tar"), MEDIA_ROOT=str(settings.MEDIA_ROOT))
        )
        first = saved("one.tar")
        on_postgresql = tmp_path / "postgresql"
        step("restore into PostgreSQL", lambda: timed(on_postgresql, url, "restore", str(tmp_path / "one.tar")))
        step("backup from PostgreSQL", lambda: timed(on_postgresql, url, "backup", str(tmp_path / "two.tar")))
        second = saved("two.tar")
    step("restore into SQLite", lambda: timed(tmp_path / "sqlite", "", "restore", str(tmp_path / "two.tar")))
    there_and_back = [
        taken["backup from SQLite"] + taken["restore into PostgreSQL"],
        taken["backup from PostgreSQL"] + taken["restore into SQLite"],
    ]
    head = f"{risks:,} risks, {rows:,} history rows, {sum(first.rows.values()):,} rows in all: "
    head += "SQLite to PostgreSQL {:.0f} s, and back {:.0f} s".format(*there_and_back)
    with capsys.disabled():
        record("moving", "\n".join([head, *lines]))
    assert second.digests == first.digests
    assert max(there_and_back) < CEILING
