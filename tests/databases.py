"""A pytest plugin: the test database is migrated once in a run, and each xdist worker gets a copy of it.

So the tests meet the tables, indexes and triggers that the migrations make, on both engines. Whichever worker comes first
migrates; the others wait for it. The statements of migrating are noted: `replay_migrations` makes the same tables from
them, without what migrating takes, for a test that needs a second database.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.settings import RUN_DIRECTORY

NOTED = RUN_DIRECTORY / "statements-of-migrating"
ONLY_LOOKS = re.compile(r"\s*(SELECT|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA (foreign_key|table_|index_))", re.IGNORECASE)
"""What changes nothing, and what a transaction of one's own does instead."""


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Make the worker's database and connect to it; without xdist it is the migrated one itself."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    creation: Any = connection.creation
    migrated = creation._get_test_db_name()
    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        with _users_of_the_migrated() as users:
            if not users:
                with _noting_what_migrates():
                    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                _begin_keys_high()
                connection.close()
            users.append(worker)
            connect_to(migrated)
            if worker:
                creation.clone_test_db(suffix=worker, verbosity=0, autoclobber=True)
                connect_to(creation.get_test_db_clone_settings(worker)["NAME"])
    yield
    with django_db_blocker.unblock():
        own = connection.settings_dict["NAME"]
        connect_to(before)
        with _users_of_the_migrated() as users:
            users.remove(worker)
            for name in {own} if users else {own, migrated}:
                creation._destroy_test_db(name, verbosity=0)


@contextmanager
def _users_of_the_migrated() -> Iterator[list[str]]:
    """The workers that use the migrated database, to be changed while nobody else can."""
    with os.fdopen(os.open(RUN_DIRECTORY / "users-of-the-database", os.O_RDWR | os.O_CREAT), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        users = file.read().split("\n")[:-1]
        yield users
        file.seek(0)
        file.truncate()
        file.write("".join(f"{user}\n" for user in users))


@contextmanager
def _noting_what_migrates() -> Iterator[None]:
    """Note the statements of the migrations, not those of the signals after them."""
    noted: list[tuple[str, Any]] = []
    migrate = MigrationExecutor.migrate

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not ONLY_LOOKS.match(sql):
            noted.append((sql, params))
        return execute(sql, params, many, context)

    def migrate_noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        with connection.execute_wrapper(note):
            return migrate(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MigrationExecutor, "migrate", migrate_noted)
        yield
    NOTED.write_bytes(pickle.dumps(noted))


def replay_migrations() -> None:
    """Make the tables of an empty database that Django is connected to, as migrating does: without triggers and content types."""
    statements: list[tuple[str, Any]] = pickle.loads(NOTED.read_bytes())
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)


def connect_to(name: str) -> None:
    """Close the connection; the next query goes to this database."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _begin_keys_high() -> None:
    """On PostgreSQL, keys are those of a register that has been used for years: of four figures, and each table's its own."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 2")
        for number, (schema, name) in enumerate(cursor.fetchall()):
            cursor.execute(f'ALTER SEQUENCE "{schema}"."{name}" RESTART WITH {4000 + 50 * number}')
