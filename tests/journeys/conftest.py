from __future__ import annotations

import pytest

from riskreg.models import User
from tests.cast import Cast, make_cast


@pytest.fixture
def people(transactional_db: None) -> Cast:
    """The cast, reading English."""
    cast = make_cast()
    User.objects.update(language="en")
    return cast
