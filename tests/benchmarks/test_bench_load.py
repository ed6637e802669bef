"""Two hundred people at work at once: `make bench`, on PostgreSQL, at two sizes of the register.

Web server, database, worker, scheduler and the people themselves share this machine's cores. Each thinks for half a minute
between what they do; one time in five they save a follow-up. In the end more people are let in, until a page takes too long.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded_valkey
from tests.benchmarks.figures import record
from tests.benchmarks.load.locusts import ROOT, Met, install, let_in
from tests.waiting import wait_until
from tests.with_postgres import postgres

pytestmark = pytest.mark.bench
SIZES = [int(size) for size in os.environ.get("LOAD_SIZES", "2000,100000").split(",")]
SECONDS = int(os.environ.get("LOAD_SECONDS", "180"))
PEOPLE = 200
MOST_PEOPLE = 3200
LONG = 500.0
"""Milliseconds that 95 of 100 requests keep to."""
TODAY = "2025-09-08"
"""A day between the closings of the demonstration's year."""


def test_200_people_at_once(tmp_path: Path) -> None:
    locust = install(tmp_path / "locust")
    lines = [f"{'risks':>8}{'people':>8}{'a second':>10}{'median':>8}{'p95':>8}{'p99':>8}{'errors':>8}{'cores':>7}"]
    pages = []
    for size in SIZES:
        with postgres(durable=True) as url, product(url, size, tmp_path / str(size)) as (address, people):
            met, cores = _met(locust, address, people, PEOPLE)
            lines.append(_line(size, met, cores))
            pages.append((size, met))
            more = met
            while more.p95 <= LONG and not more.failures and more.people < MOST_PEOPLE:
                more, cores = _met(locust, address, people, more.people * 2)
                lines.append(_line(size, more, cores))
        assert met.failures == 0, met
    lines.append("")
    for size, met in pages:
        lines.append(f"{met.people} people, {size} risks: requests, median and p95 in milliseconds")
        lines += [f"  {name:<20}{count:>6}{median:>8.0f}{p95:>8.0f}" for name, (count, median, p95) in sorted(met.pages.items())]
    record("load", "\n".join(lines))


def _line(size: int, met: Met, cores: float) -> str:
    times = f"{met.median:>8.0f}{met.p95:>8.0f}{met.p99:>8.0f}"
    return f"{size:>8}{met.people:>8}{met.per_second:>10.1f}{times}{met.failures:>8}{cores:>7.2f}"


def _met(locust: Path, address: str, people: Path, count: int) -> tuple[Met, float]:
    """Return what so many people met, and how many cores were at work in that time, their own clients among them."""
    before = psutil.cpu_times()
    met = let_in(locust, address, people, count, SECONDS, people.parent)
    after = psutil.cpu_times()
    whole, idle = sum(after) - sum(before), after.idle + after.iowait - before.idle - before.iowait
    return met, psutil.cpu_count() * (1 - idle / whole)


@contextmanager
def product(url: str, size: int, folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the product on the database, filled with so many risks; give its address and the file of its people."""
    folder.mkdir()
    with psycopg.connect(url.replace("/riskreg?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE riskreg")
    port, people = embedded_valkey.free_port(), folder / "people.json"
    environment = {
        **os.environ, "DATABASE_URL": url, "RISKREG_VAR": str(folder / "var"), "RISKREG_TODAY": TODAY, "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings", "WEB_CONNECTIONS_PER_ADDRESS": "0", "WEB_CONNECTIONS": "4000",
    }  # fmt: skip
    with (folder / "product.log").open("w") as log:

        def call(*command: str) -> None:
            subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)

        call("manage.py", "migrate", "--verbosity", "0")
        call("manage.py", "load_demo")
        call("manage.py", "seed_register", str(size))
        call("-m", "tests.benchmarks.load.people", str(people))
        run = [sys.executable, "manage.py", "run", "--no-demo", "--port", str(port)]
        with subprocess.Popen(run, cwd=ROOT, env=environment, stdout=log, stderr=log) as process:
            try:
                greeting = folder / "product.log"
                wait_until(lambda: f":{port}/" in greeting.read_text() or process.poll() is not None, "it runs", seconds=120)
                assert process.poll() is None, greeting.read_text()
                yield f"http://127.0.0.1:{port}", people
            finally:
                process.terminate()
