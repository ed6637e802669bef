"""The product's Celery application with the clock that the drill sets: `celery --app tests.faults.clocked_worker worker`.

The moment stands in the file that DRILL_CLOCK names, so that a drill can let days pass while a worker runs.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from config.celery import app
from riskreg import clock

CLOCK = "DRILL_CLOCK"


def now() -> datetime:
    return datetime.fromisoformat(Path(os.environ[CLOCK]).read_text(encoding="ascii"))


clock.now = now
__all__ = ["app"]
