from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.examples import some
from tests.settings import NUMBER, RUN_DIRECTORY

pytest_plugins = [
    "tests.databases",
    "tests.services",
    "tests.second_engine",
    "tests.browser",
    "tests.watchdog",
    "tests.shared_rows",
]


_folders = count()


@pytest.fixture(autouse=True)
def _private_files(settings: Any) -> None:
    """A folder for each test's files, which is made when the first is saved: most tests save none."""
    settings.MEDIA_ROOT = str(RUN_DIRECTORY / f"media{NUMBER}-{next(_folders)}")


@pytest.fixture(autouse=True)
def _no_language_left_from_the_test_before() -> None:
    translation.deactivate()


@pytest.fixture
def today(settings: Any) -> date:
    """The tests' today: a Monday between the cut-off and the day follow-ups are due."""
    settings.RISKREG_TODAY = date(2025, 9, 8)
    return date(2025, 9, 8)


# A busy machine is no fault of what is tested: an example has no time limit, and may be slow to make.
settings.register_profile(
    "riskreg", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=some(100)
)
settings.load_profile("riskreg")
