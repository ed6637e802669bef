from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "risk_highest_first_unscored_last"


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL reads "highest first, the unscored last" only from an index that says so; SQLite puts them last anyway."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {NAME} ON riskreg_risk (risk_score DESC NULLS LAST, plan_id, number)")


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {NAME}")


class Migration(migrations.Migration):
    dependencies = [("riskreg", "0008_deputies")]

    operations = [migrations.RunPython(add, remove)]
