"""What a crash left on disk is swept a day after, with a line in the log; what a row names, or is new, or is not ours, stays."""

from __future__ import annotations

import logging
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.db import models

from controls import tasks
from controls.importing import session
from controls.importing.target import find_target
from controls.models import PlanImport, SamplingRun
from controls.stray_files import FOLDERS, SCRATCH, sweep
from tests.cast import Cast
from tests.importing.test_import_pages import PLAN
from tests.sampling.scene import locked

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
NOW = datetime(2025, 9, 8, 3, 30, tzinfo=UTC)


def left(name: str, *, hours: float = 25) -> Path:
    """A file, or a folder with one, that was last touched so many hours ago."""
    path = Path(django_settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.startswith(SCRATCH):
        path.mkdir()
        (path / "spill").write_bytes(b"x")
    else:
        path.write_bytes(b"x")
    moment = NOW.timestamp() - hours * 3600
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize(
    "name",
    [*(f"{folder}/left.bin" for folder in FOLDERS), "populations/incoming/left", *(f"{scratch}/tmp1" for scratch in SCRATCH)],
)
def test_what_belongs_to_nothing_is_swept_a_day_after_and_said(name: str, caplog: pytest.LogCaptureFixture) -> None:
    old, new = left(name), left(f"{name}2", hours=23)
    with caplog.at_level(logging.WARNING):
        assert sweep(NOW) == 1
    assert (old.exists(), new.exists()) == (False, True)
    assert [record.getMessage() for record in caplog.records] == [f"{name} belonged to nothing and was deleted."]


def test_an_import_that_crashed_between_file_and_row_leaves_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_given: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PlanImport, "save", crash)
    with pytest.raises(KeyboardInterrupt):
        session.open_import(ContentFile(PLAN.encode()), "plan.csv", find_target(cast.board, 2025), by=cast.eva)
    (stored,) = (Path(django_settings.MEDIA_ROOT) / "imports").iterdir()
    assert sweep(datetime.now(tz=UTC)) == 0
    assert sweep(datetime.now(tz=UTC) + timedelta(days=2)) == 1
    assert not stored.exists()


def test_what_a_row_or_an_open_run_names_stays(cast: Cast, today: date) -> None:
    population = locked(cast)
    session.open_import(ContentFile(PLAN.encode()), "plan.csv", find_target(cast.board, 2025), by=cast.eva)
    run = population.runs.earliest("pk")
    run.state, run.finished_at = SamplingRun.State.WAITING, None
    run.upload, run.arguments = "upload", {"file": "populations/next.parquet"}
    run.save()
    names = ("populations/incoming/upload", "populations/next.parquet", f"populations/work/run-{run.pk}")
    theirs = [left(name) for name in names]
    before = {path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    assert sweep(NOW + timedelta(days=4000)) == 0
    assert {path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()} == before
    assert all(path.exists() for path in theirs)


def test_with_another_database_than_the_files_nothing_is_deleted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("controls.stray_files.MOST_STRAY", 3)
    files = [left(f"evidence/{number}.pdf") for number in range(4)]
    assert sweep(NOW) == 0
    assert all(file.exists() for file in files)
    assert "4 of 4 files belong to nothing" in caplog.text
    files.pop().unlink()
    assert sweep(NOW) == 3


def test_what_is_not_ours_stays() -> None:
    other = left("lost+found/1")
    assert sweep(NOW) == 0
    assert other.exists()


def test_every_folder_of_uploads_is_swept() -> None:
    fields = [
        field for model in apps.get_models() for field in model._meta.concrete_fields if isinstance(field, models.FileField)
    ]
    assert len(fields) >= 9
    assert {str(field.generate_filename(field.model(), "a.docx")).split("/")[0] for field in fields} == set(FOLDERS)


def test_it_is_done_every_night(settings: Any) -> None:
    old = left("imports/incoming/kept-1-a", hours=24 * 4000)
    assert tasks.sweep_stray_files() == 0, "a kept upload has its own rule"
    assert not old.exists()
    assert "controls.tasks.sweep_stray_files" in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
