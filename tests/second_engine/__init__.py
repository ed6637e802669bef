"""A pytest plugin: `--second-engine` leaves what PostgreSQL could answer differently than SQLite did.

Left out are tests that touch no database, journeys, what is marked `one_engine`, and of the files in ASKED whatever is not
named there. A file that is not in ASKED is asked whole, so a new file is asked until somebody says which of its tests matter.

What an engine can change, and so stays: constraints and triggers, locks and transactions, aggregates, order and collation,
search without regard to case, JSON, decimals and lengths, dates compared in SQL, writing and deleting in bulk, migrations,
odd values that reach SQL. What it cannot: who may do what, guards and completeness, the words of pages, letters and files,
forms that are refused before anything is saved, how many queries a page takes, and the further cases of a table whose first
case asks the same statements. That each address answers on PostgreSQL is shown by the walk of tests/architecture, once each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import TransactionTestCase

from tests.second_engine import asked_of_controls, asked_of_riskreg

SECOND_ENGINE = "RISKREG_TEST_SECOND_ENGINE"
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
DATABASE_WORDS = re.compile(r"\b(django_db|transactional_db|db|cast|TestCase|celery_worker_process)\b")
MARKED_WHOLE = re.compile(r"^pytestmark = .*\b(one_engine|bench)\b", re.MULTILINE)

ASKED = {**asked_of_controls.ASKED, **asked_of_riskreg.ASKED}
"""By file: a test a line. `first`: of its cases the first; `first per verb, state`: the first for each verb in each state."""


class Asked(NamedTuple):
    """How a test is asked: with every case, or with the first for each combination of these parameters."""

    every_case: bool
    per: tuple[str, ...]


def asked_in(lines: str) -> dict[str, Asked]:
    """Read the tests of one file in ASKED, by name."""
    found = {}
    for line in lines.strip().splitlines():
        name, _, cases = line.strip().partition(" ")
        if cases and not cases.startswith("first"):
            raise ValueError(f"{line.strip()!r}: after the name comes nothing, `first` or `first per` and parameters")
        per = cases.removeprefix("first").strip().removeprefix("per").split(",")
        found[name] = Asked(not cases, tuple(parameter.strip() for parameter in per if parameter.strip()))
    return found


def touches_database(item: pytest.Item) -> bool:
    """Whether the test reads or writes the database, as far as its markers and fixtures tell."""
    fixtures = set(getattr(item, "fixturenames", ()))
    case = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or bool(fixtures & DATABASE_FIXTURES)
        or (isinstance(case, type) and issubclass(case, TransactionTestCase))
    )


def chosen(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the tests for the second engine, in their order."""
    seen: set[Any] = set()
    tables = {file: asked_in(lines) for file, lines in ASKED.items()}
    return [
        item
        for item in items
        if touches_database(item)
        and not any(map(item.get_closest_marker, ("journey", "one_engine")))
        and _is_asked(item, tables.get(item.nodeid.partition("::")[0].removeprefix("tests/")), seen)
    ]


def _is_asked(item: pytest.Item, table: dict[str, Asked] | None, seen: set[Any]) -> bool:
    if table is None:
        return True
    asked = table.get(getattr(item, "originalname", item.name))
    if asked is None or asked.every_case:
        return asked is not None
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    case = (item.nodeid.partition("[")[0], *(repr(parameters[name]) for name in asked.per))
    is_first = case not in seen
    seen.add(case)
    return is_first


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-engine", action="store_true", help="only what the database engine can change")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--second-engine"):
        os.environ[SECOND_ENGINE] = "1"


def may_be_asked(source: str) -> bool:
    """Whether a test file could hold anything for the second engine, as far as its text tells; else it is not even imported."""
    return bool(DATABASE_WORDS.search(source)) and not MARKED_WHOLE.search(source)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files unread: importing them takes a worker half of the time of collecting."""
    if config.getoption("--second-engine") and collection_path.match("test_*.py"):
        return None if may_be_asked(collection_path.read_text(encoding="utf-8")) else True
    return None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A folder with nothing for the second engine has passed there."""
    if session.config.getoption("--second-engine") and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--second-engine"):
        repeated = chosen(items)
        kept = set(repeated)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = repeated
