"""A locked population of invoices and a sample drawn from it, made once per worker: what most tests of sampling begin with."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from controls.models import Population, Sample
from tests.cast import Cast
from tests.sampling import scene
from tests.sampling.scene import TODAY
from tests.settings import RUN_DIRECTORY
from tests.shared_rows import SharedRows, add_layer, is_committing


@cache
def shared_media() -> Path:
    """Return the directory where the population's file lies; a test gets a copy."""
    return Path(tempfile.mkdtemp(prefix="invoices-", dir=RUN_DIRECTORY))


def _on_the_day() -> override_settings:
    return override_settings(RISKREG_TODAY=TODAY, MEDIA_ROOT=str(shared_media()))


def _lock(cast: Cast) -> tuple[Cast, Population]:
    with _on_the_day():
        return cast, scene.locked(cast)


def _draw(below: tuple[Cast, Population]) -> Sample:
    with _on_the_day():
        return scene.drawn(*below)


add_layer("locked_invoices", _lock, above="cast", is_costly=True)
add_layer("drawn_invoices", _draw, above="locked_invoices")


@pytest.fixture
def locked_invoices(request: pytest.FixtureRequest, cast: Cast, shared_rows: SharedRows, settings: Any, today: Any) -> Population:
    """The test's own copy: what it changes, in the records or the file, no other test meets."""
    if is_committing(request):
        return scene.locked(cast)
    shutil.copytree(shared_media(), settings.MEDIA_ROOT, dirs_exist_ok=True)
    _cast, population = shared_rows.copy("locked_invoices")
    return population


@pytest.fixture
def drawn_invoices(request: pytest.FixtureRequest, locked_invoices: Population, cast: Cast, shared_rows: SharedRows) -> Sample:
    if is_committing(request):
        return scene.drawn(cast, locked_invoices)
    sample: Sample = shared_rows.copy("drawn_invoices")
    return sample


@pytest.fixture
def population(locked_invoices: Population) -> Population:
    return locked_invoices


@pytest.fixture
def sample(drawn_invoices: Sample) -> Sample:
    return drawn_invoices
