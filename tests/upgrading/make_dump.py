"""Make the dumps of a released version that the tests of upgrading begin with: a database with the demonstration in it, on
either engine.

Once per release, from the repository's root, with its own environment:

    git worktree add ../released COMMIT          # the commit that is released, or the checkout itself
    .venv/bin/python -m tests.upgrading.make_dump ../released 0.2.0
    git worktree remove ../released

It writes tests/upgrading/0.2.0/sqlite.sql.xz and postgresql.sql.xz (below 200 kB each); the tests find them by their
directory, and from then on every change is tried on them. A version's dumps are never made again: what they hold is what
that version wrote.
"""

from __future__ import annotations

import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from config import embedded_valkey
from tests.waiting import wait_until
from tests.with_postgres import installation, postgres

HERE = Path(__file__).parent
NOT_IN_EVERY_VERSION = re.compile(r"^(\\(un)?restrict .*|SET transaction_timeout = .*)\n", re.MULTILINE)
"""What psql alone understands, and a setting of PostgreSQL 17 and later."""


def dump_sqlite(tree: Path, var: Path) -> str:
    fill(tree, var)
    with closing(sqlite3.connect(var / "riskreg.sqlite3")) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def dump_postgresql(tree: Path, var: Path) -> str:
    with postgres() as url:
        host = url.partition("host=")[2]
        with psycopg.connect(host=host, user="riskreg", dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE riskreg")
        fill(tree, var, DATABASE_URL=url)
        program = installation(var, None) / "bin" / "pg_dump"
        options = ["--inserts", "--rows-per-insert=1000", "--no-owner", "--no-privileges"]
        dumped = subprocess.run(
            [str(program), *options, "-h", host, "-U", "riskreg", "riskreg"], check=True, stdout=subprocess.PIPE, text=True
        )
    return NOT_IN_EVERY_VERSION.sub("", dumped.stdout)


def fill(tree: Path, var: Path, **environment: str) -> None:
    """Let the version itself make its tables and load its demonstration."""
    with running_valkey(var) as url:
        for command in ("migrate", "load_demo"):
            subprocess.run(
                [sys.executable, "manage.py", command, "--verbosity=0"],
                cwd=tree,
                env={**os.environ, "RISKREG_VAR": str(var), "REDIS_URL": url, **environment},
                check=True,
            )


@contextmanager
def running_valkey(var: Path) -> Iterator[str]:
    url = embedded_valkey.prepare(var)
    with subprocess.Popen(embedded_valkey.command(var), stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: embedded_valkey.answers(url), "the Redis-protocol server answers")
            yield url
        finally:
            server.terminate()


def main(tree: Path, version: str) -> None:
    (HERE / version).mkdir(exist_ok=True)
    for engine, dump in {"sqlite": dump_sqlite, "postgresql": dump_postgresql}.items():
        with tempfile.TemporaryDirectory() as var:
            packed = lzma.compress(dump(tree, Path(var)).encode(), preset=9 | lzma.PRESET_EXTREME)
        (HERE / version / f"{engine}.sql.xz").write_bytes(packed)
        sys.stdout.write(f"{engine}: {len(packed)} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
