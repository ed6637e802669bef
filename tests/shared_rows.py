"""A pytest plugin: make the rows that most tests begin with once per worker, and give each test its own copy of the objects.

The rows lie in a transaction that stays open; pytest-django's own, around each test, are savepoints in it. So a test may
change and delete them: the next one finds them as they were made. Layers lie on each other: the scene of the
architecture walks on the cast. A test that asks for none of them gets an empty database, as does one that commits
(`transaction=True`, `live_server`): for these the open transaction is rolled back, and the rows are made again when
they are next asked for.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from riskreg import clock
from tests.cast import Cast, make_cast

CAST_MADE_ON = date(2025, 1, 2)
"""A working day before the tests' today."""
EARLY = ("journey", "faults")
"""Marks of tests that take long, most of it waiting."""
COMMITTING = {"transactional_db", "live_server", "django_db_reset_sequences"}


@dataclass
class Layer:
    name: str
    make: Callable[..., Any]
    """Write the rows and return the objects that tests get a copy of; called with a copy of those of the layer below."""
    above: str | None = None
    """The layer that this one lies on."""
    is_costly: bool = False
    """Whether it takes seconds to make: then tests on it follow each other, whatever file they are in."""


LAYERS: dict[str, Layer] = {}
"""By name: that of the fixture by which a test asks for the layer."""


def add_layer(name: str, make: Callable[..., Any], *, above: str | None = None, is_costly: bool = False) -> None:
    LAYERS[name] = Layer(name, make, above, is_costly)


def down_to_the_ground(name: str | None) -> list[str]:
    """Return the layer and those that it lies on, the lowest first."""
    names: list[str] = []
    while name is not None:
        names.insert(0, name)
        name = LAYERS[name].above
    return names


def wanted_by(fixtures: set[str]) -> str | None:
    """Return the highest layer that a test with these fixtures asks for."""
    asked = [name for name in LAYERS if name in fixtures]
    return max(asked, key=lambda name: len(down_to_the_ground(name)), default=None)


class SharedRows:
    """The layers that lie in the open transaction, lowest first."""

    def __init__(self) -> None:
        self._open: list[tuple[str, transaction.Atomic, bytes]] = []

    def arrange(self, wanted: str | None) -> None:
        """Leave exactly the wanted layer, and those that it lies on, in the database."""
        names = down_to_the_ground(wanted)
        common = 0
        while common < min(len(names), len(self._open)) and names[common] == self._open[common][0]:
            common += 1
        while len(self._open) > common:
            self._undo()
        for name in names[common:]:
            self._make(LAYERS[name])

    def copy(self, name: str) -> Any:
        """Return a test's own copy of what the layer's making returned."""
        return pickle.loads(next(made for opened, _, made in self._open if opened == name))

    def _make(self, layer: Layer) -> None:
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            made = layer.make(*([self.copy(layer.above)] if layer.above else []))
            # Foreign keys are checked now, so that none waits while a test alters a table.
            connection.check_constraints()
        except BaseException:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)
            raise
        self._open.append((layer.name, atomic, pickle.dumps(made, pickle.HIGHEST_PROTOCOL)))

    def _undo(self) -> None:
        _, atomic, _ = self._open.pop()
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def is_committing(test: pytest.FixtureRequest | pytest.Item) -> bool:
    """Whether the test runs outside of a transaction, so that it must begin with an empty database."""
    node = test if isinstance(test, pytest.Item) else test.node
    marker = node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction", False):
        return True
    return bool(COMMITTING & set(getattr(test, "fixturenames", ())))


def _make_cast() -> Cast:
    with clock.at(CAST_MADE_ON):
        return make_cast()


add_layer("cast", _make_cast)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put journeys first, so that none is left alone at the end, and tests on a layer that is costly to make together at the end.

    Within each file, tests on the same rows follow each other: a layer is made once, not after each test without it.
    """
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}

    def place(item: pytest.Item) -> tuple[int, int, int, int]:
        wanted = None if is_committing(item) else wanted_by(set(getattr(item, "fixturenames", ())))
        beneath = down_to_the_ground(wanted)
        is_early = any(map(item.get_closest_marker, EARLY))
        costly = next((number for number, name in enumerate(LAYERS, 1) if name in beneath and LAYERS[name].is_costly), 0)
        return (-1 if is_early else costly, len(beneath) if costly else 0, files[item.path], len(beneath))

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[SharedRows]:
    rows = SharedRows()
    yield rows
    with django_db_blocker.unblock():
        # A browser's event loop in this thread can leave Django with another connection at the end (asgiref keeps them by
        # loop), which is in no transaction. The worker's database is thrown away next, and what lies open in it.
        if connection.in_atomic_block:
            rows.arrange(None)


@pytest.fixture
def _shared_rows_beneath(request: pytest.FixtureRequest, shared_rows: SharedRows, django_db_blocker: Any) -> None:
    """Arrange the shared rows before the test's own transaction begins."""
    with django_db_blocker.unblock():
        shared_rows.arrange(None if is_committing(request) else wanted_by(set(request.fixturenames)))


@pytest.fixture(autouse=True, scope="class")
def _nothing_beneath_a_django_test_case(request: pytest.FixtureRequest, django_db_blocker: Any) -> None:
    """Django's own classes of tests begin with an empty database; pytest-django's fixtures know nothing of them."""
    if isinstance(request.cls, type) and issubclass(request.cls, TransactionTestCase):
        rows: SharedRows = request.getfixturevalue("shared_rows")
        with django_db_blocker.unblock():
            rows.arrange(None)


@pytest.fixture
def _django_db_helper(_shared_rows_beneath: None, _django_db_helper: None) -> None:
    """Begin pytest-django's transaction of a test, on the shared rows."""


@pytest.fixture
def cast(request: pytest.FixtureRequest, db: None, shared_rows: SharedRows) -> Cast:
    """The municipality and its people; what a test changes, in the rows or in these objects, no other test meets."""
    cast: Cast = make_cast() if is_committing(request) else shared_rows.copy("cast")
    return cast
