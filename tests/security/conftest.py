from __future__ import annotations

from tests.architecture.conftest import scene, stage, unwritten

__all__ = ["scene", "stage", "unwritten"]
