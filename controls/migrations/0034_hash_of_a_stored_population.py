"""The hash of a population's stored file comes into its history, with a row that says so.

It lay in the profile, which no history holds. What is known is what the profile says now: a file that was swapped together with
its profile before this migration is found by the hash of its content alone, which the lock wrote into the history.
"""

from typing import Any

from django.db import migrations, models

from riskreg import clock

REASON = "SHA-256 av den lagrade filen står från och med nu i historiken"


def keep_known_hashes(apps: Any, schema_editor: Any) -> None:
    """Write the hash that the profile states into each population that has a file, and into a new row of its history.

    The other values of that row are those of the newest one, not the record's: a record that was altered past the product stays
    a finding.
    """
    alias = schema_editor.connection.alias
    populations = apps.get_model("controls", "Population").objects.using(alias)
    history = apps.get_model("controls", "HistoricalPopulation").objects.using(alias)
    now = clock.now()
    for pk, profile in list(populations.exclude(file="").order_by("pk").values_list("pk", "profile")):
        known = profile.get("file_sha256") if isinstance(profile, dict) else None
        if not isinstance(known, str) or len(known) != 64:
            continue
        populations.filter(pk=pk).update(file_sha256=known)
        row = history.filter(id=pk).order_by("-history_id").first()
        if row is None or row.history_type == "-":
            continue
        row.pk, row._state.adding = None, True
        row.file_sha256, row.history_date, row.history_type, row.history_change_reason = known, now, "~", REASON
        row.history_user_id, row.history_user_name, row.history_acting_for = None, "", ""
        row.save(using=alias, force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("controls", "0033_who_sees_alerts")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="file_sha256",
            field=models.CharField(blank=True, default="", editable=False, max_length=64, verbose_name="SHA-256 of the stored file"),
            preserve_default=False,
        )
        for name in ("population", "historicalpopulation")
    ]
    operations.append(migrations.RunPython(keep_known_hashes, migrations.RunPython.noop))
