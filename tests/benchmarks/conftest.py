from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the measuring tests unread where none of them is wanted."""
    return True if config.option.markexpr == "not bench" and collection_path.match("test_*.py") else None
