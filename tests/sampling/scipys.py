"""scipy's distributions, loaded when a test first asks for one: that takes a second, which every worker spent on collecting."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _WhenAsked:
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("scipy.stats"), name)


stats = _WhenAsked()
