from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture
def browser() -> Client:
    """One that asks for the site's token, as a real one is asked."""
    return Client(enforce_csrf_checks=True)
