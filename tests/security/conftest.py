from __future__ import annotations

from tests.architecture.conftest import people_read_once, scene, unwritten

__all__ = ["people_read_once", "scene", "unwritten"]
