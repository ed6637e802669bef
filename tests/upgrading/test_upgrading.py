"""A database that an earlier version made migrates, and the product runs on it.

One directory per released version, with a dump for each engine; make_dump.py says how they are made.
"""

from __future__ import annotations

import lzma
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import resolve

from controls.demo.municipality import TODAY
from controls.models import FollowUp, Population
from riskreg.heatmap import history_ends
from riskreg.models import User
from riskreg.trail.seals import unsealed_count
from riskreg.trail.verification import verify
from riskreg.verbs.concurrency import version_of
from tests.databases import connect_to
from tests.follow_ups.follow_up_pages import sent
from tests.shared_rows import SharedRows
from tests.upgrading.schema import schema_of

VERSIONS = sorted(path.name for path in Path(__file__).parent.glob("*.*.*") if path.is_dir())
pytestmark = pytest.mark.django_db


def test_every_released_version_has_a_dump_of_each_engine() -> None:
    assert VERSIONS[0] == "0.1.0"
    for version in VERSIONS:
        dumps = {path.name: path.stat().st_size for path in (Path(__file__).parent / version).iterdir()}
        assert set(dumps) == {"sqlite.sql.xz", "postgresql.sql.xz"}
        assert max(dumps.values()) < 200_000


def load(name: str, dump: str) -> None:
    """Make the database from the dump."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as made:
            made.executescript(dump)
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(**{**connection.get_connection_params(), "dbname": name, "cursor_factory": None}) as made:
        made.execute(dump.encode())


@pytest.fixture(scope="module", params=VERSIONS)
def fresh_schema(
    request: pytest.FixtureRequest, shared_rows: SharedRows, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], str]]:
    """The schema of a new database; meanwhile the tests are connected to the one of the earlier version, migrated."""
    test_database = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("upgrading") / "riskreg.sqlite3")
    else:
        name = f"{test_database}_upgraded"
    dump = Path(__file__).parent / request.param / f"{connection.vendor}.sql.xz"
    with django_db_blocker.unblock():
        shared_rows.arrange(None)
        schema = schema_of(connection)
        load(name, lzma.decompress(dump.read_bytes()).decode())
        connect_to(name)
        call_command("migrate", interactive=False, verbosity=0)
    yield schema
    with django_db_blocker.unblock():
        connect_to(test_database)
        creation: Any = connection.creation
        creation._destroy_test_db(name, verbosity=0)


@pytest.fixture(autouse=True)
def _on_the_demonstration_s_day(fresh_schema: dict[tuple[str, str], str], settings: Any) -> None:
    settings.RISKREG_TODAY = TODAY


def test_its_tables_are_those_of_a_new_database(fresh_schema: dict[tuple[str, str], str]) -> None:
    assert schema_of(connection) == fresh_schema


def test_what_the_version_wrote_is_intact() -> None:
    assert verify().is_intact
    assert verify().checked > 800
    # A migration wrote the hashes of stored populations into their history: tonight's seal covers them.
    assert unsealed_count() == Population.objects.exclude(file="").count() > 0
    assert history_ends.verify(connection).is_intact


def test_its_pages_answer(client: Client) -> None:
    """Go where links lead the controller from the start page: of each view, to the first address that is met."""
    client.force_login(User.objects.get(memberships__role="controller"))
    seen: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        address = waiting.pop(0)
        view = resolve(address.partition("?")[0]).view_name
        if view in seen or "/fil/" in address:  # a dump holds no files
            continue
        seen[view] = address
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            waiting += re.findall(r'<a [^>]*href="(/[^"#]*)', answer.content.decode())
    assert len(seen) > 20, seen


def test_a_follow_up_is_saved_by_its_performer() -> None:
    follow_up = FollowUp.objects.filter(state="in_progress", performer__isnull=False).order_by("pk")[0]
    performer = follow_up.performer
    assert performer is not None
    rows, version = follow_up.history.count(), version_of(follow_up)
    answer = sent(Client(enforce_csrf_checks=True), performer, follow_up, result="Uppgraderat och sparat.")
    assert answer.status_code == 302, answer.content.decode()
    follow_up.refresh_from_db()
    assert follow_up.result == "Uppgraderat och sparat."
    assert (follow_up.history.count(), version_of(follow_up) == version) == (rows + 1, False)
    assert follow_up.history.latest().history_user == performer
    assert verify().is_intact
