from __future__ import annotations

import pytest

from controls.importing.target import Target, find_target
from riskreg.models import ControlPlan
from tests.cast import Cast


@pytest.fixture
def target(cast: Cast) -> Target:
    ControlPlan.objects.filter(pk=cast.plan.pk).delete()
    return find_target(cast.board, 2025)
