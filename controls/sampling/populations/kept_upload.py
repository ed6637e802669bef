"""The uploads of populations on disk, and those that a refused form keeps (riskreg.web.kept_uploads)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from controls.data_files.kept import keep_data_file
from controls.models import Control, Population
from riskreg.models import User
from riskreg.web.kept_uploads import KeptUpload, Shelf

SHELF = Shelf("populations/incoming")
"""Where uploads wait to be read, and kept ones to be claimed."""


def incoming() -> Path:
    """Return the folder where uploads wait to be read."""
    return SHELF.folder


def keep_upload(control: Control, *, by: User, file: UploadedFile) -> KeptUpload:
    """Store the upload in the place of an earlier one of this user and control. Raises ValidationError by field."""
    return keep_data_file(SHELF, file, _owner(control, by), largest=settings.POPULATION_MAX_BYTES)


def find_kept_upload(token: str, control: Control, *, by: User) -> KeptUpload | None:
    """Return the upload that the token names; None for a token that is old, another's, or of a file that is gone."""
    return SHELF.find(token, _owner(control, by))


def keep_workbook(population: Population, path: Path) -> None:
    """Keep a workbook for a day after it was read: another of its sheets may be meant."""
    SHELF.keep_beside(path, _sheets_of(population))


def kept_workbook(population: Population) -> Path | None:
    """Return the population's workbook as long as it is kept."""
    return next(iter(SHELF.kept_for(_sheets_of(population))), None)


def forget_workbook(population_id: int) -> None:
    """Delete the workbook: no other sheet of it is read any more."""
    for path in SHELF.kept_for(f"sheets-{population_id}"):
        path.unlink(missing_ok=True)


def _sheets_of(population: Population) -> str:
    return f"sheets-{population.pk}"


def _owner(control: Control, by: User) -> str:
    return f"{by.pk}-{control.pk}"
