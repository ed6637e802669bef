"""From one engine to the other and back, by the commands that are typed, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from config.backup.archive import Archive, Contents
from controls.models import Sample
from controls.sampling.drawing.verification import is_contradicted, verify
from riskreg.models import Risk
from riskreg.trail.seals import seal
from tests.backup.conftest import Place, saved_to
from tests.cast import Cast, make_risk

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


def manage(var: Path, database: str, *arguments: str, seconds: float = 280) -> str:
    """Run a command of the installation with these files and this database; return what it printed."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**bare, "RISKREG_VAR": str(var), "DATABASE_URL": database, "RISKREG_TODAY": "2025-09-08"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def contents_of(path: Path) -> Contents:
    return Archive(path).check()[1]


def test_from_postgresql_to_sqlite_and_back_every_row_is_the_same_and_trail_and_samples_verify(
    register: Cast, tmp_path: Path, place: Place
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("asks both engines: in the run with PostgreSQL")
    risk = make_risk(register.plan, "Flyttas – «å» \\N \\. och ☃")
    risk.description = "Rad ett\nrad två\ttabb \\ och \u2028"
    risk.save()
    seal(timezone.now())
    assert any(moment.microsecond % 1_000 for moment in Risk.history.values_list("history_date", flat=True))
    sample = Sample.objects.drawn().get()
    first = saved_to(tmp_path / "one.tar").contents
    # A restore ends well only when trail, records, files and the ends of the history are intact.
    sqlite = tmp_path / "sqlite"
    manage(sqlite, "", "restore", str(tmp_path / "one.tar"))
    manage(sqlite, "", "verify_sample", str(sample.pk))
    manage(sqlite, "", "backup", str(tmp_path / "two.tar"))
    moved = contents_of(tmp_path / "two.tar")
    assert moved.digests == first.digests
    assert moved.rows == first.rows
    assert moved.last_keys.items() >= first.last_keys.items()
    assert place.restore(tmp_path / "two.tar").is_intact
    assert place.digests(tmp_path / "three.tar") == first.digests
    with place.here():
        assert not is_contradicted(verify(Sample.objects.select_related("population").get(pk=sample.pk)))
