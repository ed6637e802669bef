from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from tests.follow_ups.key_figure import registered


@pytest.fixture
def visitor() -> Client:
    """A client that has to send the token of the site, as a real browser has to."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def key_figure() -> Iterator[None]:
    """A second method of control, registered while the test runs."""
    with registered():
        yield
