from __future__ import annotations

from collections.abc import Iterator

import pytest

from controls.importing.target import Target, find_target
from riskreg.models import ControlPlan
from tests.cast import Cast
from tests.follow_ups.key_figure import registered


@pytest.fixture
def target(cast: Cast) -> Target:
    ControlPlan.objects.filter(pk=cast.plan.pk).delete()
    return find_target(cast.board, 2025)


@pytest.fixture
def key_figure() -> Iterator[None]:
    """A second method of control, registered while the test runs."""
    with registered():
        yield
