"""The stored file of a population, its chosen columns, and what it leaves open."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from controls.data_files import table
from controls.data_files.long_work import Failed
from controls.data_files.questions import Question
from controls.data_files.table import Choice
from controls.models import Population
from riskreg.trail.files import stated


def choice_of(population: Population) -> Choice:
    """Return the chosen columns."""
    return Choice(tuple(population.key_columns), population.amount_column, population.stratum_column)


def questions_of(population: Population) -> list[Question]:
    """Return what the file leaves open, answered or not, as the last check found it."""
    kept = (population.profile.get("checked") or {}).get("questions", [])
    return [Question.from_json(each) for each in kept]


def path_of(population: Population) -> Path:
    """Return the stored file. Raises Failed when it is missing, or differs from what was read in."""
    path = Path(population.file.path) if population.file else None
    if path is None or not path.exists():
        raise Failed(_("The population's file is missing. Restore it from the backup."))
    # By the history: who swaps the file in the store and its hash in the database is not believed.
    if table.file_hash(path) != stated(population, "file_sha256"):
        raise Failed(
            _(
                "The population's file has been changed since it was read in. Nothing is drawn from it: restore it from "
                "the backup."
            )
        )
    return path
