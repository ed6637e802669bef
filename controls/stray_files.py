"""Files that a crash left behind: stored, and named by no row. They are swept at night, a day after.

A file is stored before the row that names it is committed, and deleted after the row that named it is gone; whoever stops
between the two leaves one that nobody finds again.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

from controls.models import RegisterRun, SamplingRun, WatchRun
from riskreg.web.kept_uploads import MAX_HOURS

FOLDERS = ("decisions", "evidence", "imports", "populations", "registers", "report-jobs", "report-templates", "reports")
"""Below MEDIA_ROOT: those of the models' files. What else lies there is not ours."""
SCRATCH = ("populations/work", "registers/work")
"""Whose folders belong to work under way, each as a whole."""
UNTOUCHED_FOR = timedelta(hours=MAX_HOURS)
MOST_STRAY, MOST_STRAY_SHARE = 50, 0.1
"""So many files, or this share of all, whichever is more, is the most that is swept in a night."""

log = logging.getLogger(__name__)


def sweep(now: datetime) -> int:
    """Delete what is older than a day and belongs to nothing; return its number. Each is named in the log.

    Where more belongs to nothing than crashes leave, nothing is deleted: then the database is another one than the files'.
    """
    root, before = Path(settings.MEDIA_ROOT), (now - UNTOUCHED_FOR).timestamp()
    # Asked for before the rows: a row that is made meanwhile is seen.
    there = [*_files(root), *_scratch(root)]
    named = _named_by_rows()
    stray = [path for path in there if path.relative_to(root).as_posix() not in named and _is_old(path, before)]
    if len(stray) > max(MOST_STRAY, len(there) * MOST_STRAY_SHARE):
        log.error("%s of %s files belong to nothing. None was deleted: is this their database?", len(stray), len(there))
        return 0
    return sum(_delete(path, path.relative_to(root).as_posix()) for path in stray)


def _delete(path: Path, name: str) -> bool:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        log.warning("%s belongs to nothing and could not be deleted.", name, exc_info=True)
        return False
    log.warning("%s belonged to nothing and was deleted.", name)
    return True


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for at, below, names in os.walk(root / folder):
            below[:] = [name for name in below if Path(at, name).relative_to(root).as_posix() not in SCRATCH]
            yield from (Path(at, name) for name in names)


def _scratch(root: Path) -> Iterator[Path]:
    for scratch in SCRATCH:
        if (root / scratch).is_dir():
            yield from (root / scratch).iterdir()


def _is_old(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _named_by_rows() -> set[str]:
    """Return the names of all files that a row names, and of those of runs that have not ended.

    What the history alone names is deleted with its row, as the evidence that was removed, the population that was weeded.
    """
    named: set[str] = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                named |= set(model._base_manager.values_list(field.name, flat=True))
    runs = [("populations", SamplingRun.objects.open()), ("registers", RegisterRun.objects.open())]
    for folder, rows in runs:
        for run in rows:
            named |= {f"{folder}/incoming/{run.upload}", f"{folder}/work/run-{run.pk}", str(run.arguments.get("file", ""))}
    named |= {f"registers/work/watch-run-{pk}" for pk in WatchRun.objects.open().values_list("pk", flat=True)}
    return named
