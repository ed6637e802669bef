"""How far a long run has come is told beside the work: a database that is busy just then does not end it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from controls.models import SamplingRun
from controls.sampling import runs
from riskreg import work_queue


@pytest.mark.parametrize(("busy", "ends"), [(True, False), (False, True)])
def test_a_busy_database_is_told_the_next_time_and_a_run_that_is_no_longer_ones_own_ends(
    busy: bool, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    asked: list[dict[str, Any]] = []

    def update(self: Any, **values: Any) -> int:
        asked.append(values)
        if busy:
            raise OperationalError("database is locked")
        return 0

    monkeypatch.setattr(QuerySet, "update", update)
    monkeypatch.setattr(work_queue, "TELL_SECONDS", 0)
    with runs.WORKSHOP.open_engine(SamplingRun(pk=1, attempt=1)) as engine:
        if ends:
            with pytest.raises(work_queue.TakenOver):
                engine.report(0.5)
        else:
            engine.report(0.5)
            assert engine.one("select 1") == (1,)
    assert asked
