"""The tables of a backup: found among the models, so that a new one is in it from its first day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.fields.related import RelatedField

from config.backup.errors import BackupError

LEFT_OUT = {
    "riskreg_riskspan": "made from the history by triggers (riskreg/heatmap/history_ends.py)",
    "django_session": "whoever holds a backup must not find a sign-in that still counts in it",
    "django_migrations": "written by migrating; about.json says what was applied",
}
"""Tables whose rows are in no backup, and why."""
MADE_BY_MIGRATING = {"django_content_type", "auth_permission"}
"""Tables that have rows in an installation that nobody has used yet."""
KINDS: tuple[tuple[type[Any], str], ...] = (
    (models.BooleanField, "bool"),
    (models.IntegerField, "int"),
    (models.CharField, "text"),
    (models.TextField, "text"),
    (models.FileField, "text"),
    (models.DateTimeField, "moment"),
    (models.DateField, "date"),
    (models.DecimalField, "decimal"),
    (models.JSONField, "json"),
    (models.UUIDField, "uuid"),
    (models.BinaryField, "bytes"),
)
"""How the values of a field are written, by the first class that fits: config/backup/rows.py."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    places: int = 0
    """Of a decimal: the digits after the point."""


@dataclass(frozen=True)
class Table:
    """A table with the columns that are backed up, its key first in `key`: the rows are read in its order."""

    name: str
    key: str
    columns: tuple[Column, ...]
    files: tuple[str, ...] = ()
    """The columns that name a file below MEDIA_ROOT."""

    def stated(self) -> dict[str, Any]:
        """Return it as about.json holds it."""
        return asdict(self)

    @classmethod
    def from_stated(cls, stated: dict[str, Any]) -> Table:
        columns = tuple(Column(str(one["name"]), str(one["kind"]), int(one["places"])) for one in stated["columns"])
        return cls(str(stated["name"]), str(stated["key"]), columns, tuple(stated["files"]))


def kind_of(field: models.Field[Any, Any]) -> Column:
    """Return the field's column. Raises BackupError for a kind of field that a backup cannot hold yet."""
    target: Any = field
    while isinstance(target, RelatedField):
        target = target.target_field
    kind = next((kind for of, kind in KINDS if isinstance(target, of)), None)
    if kind is None:
        raise BackupError(f"{field} is a {type(target).__name__}: config/backup/tables.py does not know how to write it.")
    return Column(str(field.column), kind, target.decimal_places if kind == "decimal" else 0)


def tables_of(models_of: Apps) -> list[Table]:
    """Return the tables of these models, by name."""
    found = {}
    for model in models_of.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or not meta.managed or meta.db_table in LEFT_OUT or meta.pk is None:
            continue
        fields = list(meta.concrete_fields)
        files = tuple(str(field.column) for field in fields if isinstance(field, models.FileField))
        found[meta.db_table] = Table(meta.db_table, str(meta.pk.column), tuple(map(kind_of, fields)), files)
    return [found[name] for name in sorted(found)]


def tables_here() -> list[Table]:
    """Return the tables of the database as it is migrated, be it to this version's state or an earlier one."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return tables_of(apps)
    applied = [node for node in executor.loader.applied_migrations if node in executor.loader.graph.nodes]
    return tables_of(executor.loader.project_state(applied).apps)


def applied_here() -> list[tuple[str, str]]:
    """Return every (app, migration) that the database says was applied."""
    return sorted(MigrationRecorder(connection).applied_migrations())


def content_types_forgotten() -> None:
    """Forget the content types that this process has looked up: those of the database are other ones now."""
    ContentType.objects.clear_cache()
