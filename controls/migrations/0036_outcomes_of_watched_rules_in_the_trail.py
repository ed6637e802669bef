"""What watched rules gave comes into the trail: each outcome gets the history row that it would have had.

Until now the database alone refused to change them, which its owner can take away.
"""

from typing import Any

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from riskreg import clock

REASON = "Som det stod när utfall av bevakade regler togs in i spåret"


def begin_histories(apps: Any, schema_editor: Any) -> None:
    """Write the first row of the history of each outcome that is there."""
    alias = schema_editor.connection.alias
    model = apps.get_model("controls", "WatchOutcome")
    history = apps.get_model("controls", "HistoricalWatchOutcome").objects.using(alias)
    names = [field.attname for field in model._meta.concrete_fields]
    now = clock.now()
    for values in model.objects.using(alias).order_by("pk").values(*names).iterator():
        history.create(**values, history_date=now, history_type="+", history_change_reason=REASON)


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0035_alerts_behind_follow_ups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalWatchOutcome',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_user_name', models.CharField(blank=True, default='', max_length=200, verbose_name='changed by')),
                ('history_acting_for', models.CharField(blank=True, default='', max_length=400, verbose_name='as deputy for')),
                ('result', models.CharField(choices=[('told', 'Told'), ('asked', 'Asked first'), ('stopped', 'Stopped')], max_length=10, verbose_name='result')),
                ('snapshots', models.JSONField(default=dict, verbose_name='snapshots')),
                ('hits', models.PositiveIntegerField(default=0, verbose_name='hits')),
                ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('returned', models.PositiveIntegerField(default=0, verbose_name='returned')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('unchanged', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('gone', models.PositiveIntegerField(default=0, verbose_name='no longer holding')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='controls.watchrun')),
                ('watch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='controls.watch')),
            ],
            options={
                'verbose_name': 'historical what a watched rule gave',
                'verbose_name_plural': 'historical what watched rules gave',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RunPython(begin_histories, migrations.RunPython.noop),
    ]
