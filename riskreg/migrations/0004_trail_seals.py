import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('riskreg', '0003_plan_versions_and_decisions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('seq', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('previous', models.CharField(max_length=64, verbose_name='the seal before')),
                ('sealed_at', models.DateTimeField(verbose_name='sealed')),
                ('purpose', models.CharField(choices=[('routine', 'New history'), ('weeding', 'Weeding')], max_length=10, verbose_name='purpose')),
                ('pinned_clock', models.BooleanField(default=False, help_text='Sealed in a demonstration, where dates follow no order.', verbose_name='calendar stood still')),
                ('contents', models.JSONField(help_text='For each kind of record: how many rows, first, last, which columns.', verbose_name='contents')),
                ('root', models.CharField(help_text='The last link of the chain through the sealed rows.', max_length=64, verbose_name='root')),
                ('hash', models.CharField(max_length=64, verbose_name='hash')),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
                'ordering': ['-seq'],
                'constraints': [models.CheckConstraint(condition=models.Q(('seq__gte', 1)), name='seals_are_numbered_from_one'), models.UniqueConstraint(fields=('previous',), name='a_seal_has_one_successor')],
            },
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=100, verbose_name='kind of record')),
                ('history_id', models.BigIntegerField(verbose_name='history row')),
                ('sealed_hash', models.CharField(max_length=64, verbose_name='hash before')),
                ('columns', models.JSONField(verbose_name='weeded columns')),
                ('reason', models.CharField(help_text='The weeding decision (gallringsbeslut) it follows.', max_length=500, verbose_name='reason')),
                ('weeded_at', models.DateTimeField(verbose_name='weeded')),
                ('weeded_by', models.CharField(max_length=200, verbose_name='weeded by')),
            ],
            options={
                'verbose_name': 'tombstone',
                'verbose_name_plural': 'tombstones',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('model', 'history_id', 'sealed_hash'), name='a_sealed_row_has_one_tombstone'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_weeding_states_its_reason')],
            },
        ),
        migrations.CreateModel(
            name='SealedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=100, verbose_name='kind of record')),
                ('history_id', models.BigIntegerField(verbose_name='history row')),
                ('record', models.CharField(blank=True, help_text='The key of the record whose history it is.', max_length=40, verbose_name='record')),
                ('salt', models.CharField(blank=True, help_text='Forgotten when the row is weeded.', max_length=32, verbose_name='salt')),
                ('hash', models.CharField(max_length=64, verbose_name='hash')),
                ('link', models.CharField(max_length=64, verbose_name='link')),
                ('weeded', models.BooleanField(default=False, verbose_name='weeded')),
                ('seal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='riskreg.seal', verbose_name='seal')),
            ],
            options={
                'verbose_name': 'sealed row',
                'verbose_name_plural': 'sealed rows',
                'ordering': ['seal', 'model', 'history_id'],
                'constraints': [models.UniqueConstraint(fields=('seal', 'model', 'history_id'), name='a_seal_holds_a_history_row_once'), models.UniqueConstraint(condition=models.Q(('weeded', False)), fields=('model', 'history_id'), name='a_history_row_is_sealed_once_until_weeded')],
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Verifying'), ('done', 'Done'), ('failed', 'Could not be completed')], default='waiting', max_length=10, verbose_name='state')),
                ('asked_by_name', models.CharField(blank=True, max_length=200, verbose_name='asked for by, name')),
                ('known_head', models.CharField(blank=True, max_length=90, verbose_name='printed head')),
                ('asked_at', models.DateTimeField(verbose_name='asked for')),
                ('seen_at', models.DateTimeField(verbose_name='last progress')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('checked', models.PositiveBigIntegerField(default=0, verbose_name='checked rows')),
                ('total', models.PositiveBigIntegerField(default=0, verbose_name='rows')),
                ('unsealed', models.PositiveBigIntegerField(default=0, verbose_name='not yet sealed')),
                ('head_seq', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='last seal')),
                ('head_hash', models.CharField(blank=True, max_length=64, verbose_name='hash of the last seal')),
                ('found', models.PositiveBigIntegerField(default=0, verbose_name='alterations')),
                ('findings', models.JSONField(blank=True, default=list, verbose_name='what was found')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
            ],
            options={
                'verbose_name': 'verification',
                'verbose_name_plural': 'verifications',
                'ordering': ['-pk'],
                'get_latest_by': 'pk',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['done', 'failed']), ('finished_at__isnull', True), _connector='XOR'), name='a_finished_verification_has_its_time')],
            },
        ),
    ]
