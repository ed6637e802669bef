"""The files that this app's records keep, for the verification of the trail."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db.models import Q

from controls.data_files.engine import Engine
from controls.data_files.table import content_sha256
from controls.models import Evidence, HandedInFile, Population, RegisterSnapshot, ReportTemplate
from riskreg.trail.files import KeptFiles, Tell, keeps_files

_POPULATIONS = "populations"
_UNREADABLE = "?"
_UNPACKED = 100
"""A byte of a stored population takes as long as so many of another file: each value is unpacked and written anew."""


def register() -> None:
    """Register them; called once, when the app is ready."""
    keeps_files(KeptFiles(Evidence, "file", "sha256", "evidence"))
    keeps_files(KeptFiles(HandedInFile, "file", "sha256", "reports"))
    keeps_files(KeptFiles(ReportTemplate, "file", "sha256", "report-templates"))
    keeps_files(KeptFiles(RegisterSnapshot, "file", "sha256", "registers", suffix=".parquet", which=~Q(sha256="")))
    read_in = ~Q(sha256="") | ~Q(file_sha256="")
    populations = KeptFiles(
        Population, "file", "sha256", _POPULATIONS, _content_hash, read_in, ".parquet", _UNPACKED, bytes_column="file_sha256"
    )
    keeps_files(populations)


def _content_hash(population: Any, path: Path, tell: Tell) -> str:
    """Return the hash of the population's canonical content: what was locked, however it is stored."""
    if not path.exists():
        raise FileNotFoundError(path)
    folder = Path(settings.MEDIA_ROOT) / _POPULATIONS
    try:
        with tempfile.TemporaryDirectory(dir=folder) as work, Engine(Path(work), [folder], tell=tell) as engine:
            return content_sha256(engine, path, population.columns, population.key_columns)
    except duckdb.Error:
        return _UNREADABLE
