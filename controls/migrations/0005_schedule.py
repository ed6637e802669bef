"""No release made check rows before this one, so the defaults below fill nothing; if there are rows, the unit's fails loudly."""

import datetime
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0004_sampling'),
        ('riskreg', '0010_heatmap_of_municipality_wide_risks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ControlSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anchor_on', models.DateField(blank=True, help_text='The others are counted from it: 31 January is followed by 28 February and 31 March. Empty: the usual days.', null=True, verbose_name='first day')),
                ('day_rule', models.CharField(choices=[('before', 'The working day before'), ('after', 'The working day after'), ('nearest', 'The nearest working day'), ('not_moved', 'Not moved')], default='before', help_text="Saturdays, Sundays, public holidays, Midsummer Eve, Christmas Eve and New Year's Eve.", max_length=10, verbose_name='on a day off')),
                ('given_dates', models.JSONField(blank=True, default=list, verbose_name='given dates')),
                ('in_force_from', models.DateField(blank=True, editable=False, help_text="The schedule's days before it are not asked for: what was opened by an earlier schedule stands.", null=True, verbose_name='in force from')),
            ],
            options={
                'verbose_name': 'schedule',
                'verbose_name_plural': 'schedules',
            },
        ),
        migrations.CreateModel(
            name='HistoricalControlSchedule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_user_name', models.CharField(blank=True, default='', max_length=200, verbose_name='changed by')),
                ('history_acting_for', models.CharField(blank=True, default='', max_length=400, verbose_name='as deputy for')),
                ('anchor_on', models.DateField(blank=True, help_text='The others are counted from it: 31 January is followed by 28 February and 31 March. Empty: the usual days.', null=True, verbose_name='first day')),
                ('day_rule', models.CharField(choices=[('before', 'The working day before'), ('after', 'The working day after'), ('nearest', 'The nearest working day'), ('not_moved', 'Not moved')], default='before', help_text="Saturdays, Sundays, public holidays, Midsummer Eve, Christmas Eve and New Year's Eve.", max_length=10, verbose_name='on a day off')),
                ('given_dates', models.JSONField(blank=True, default=list, verbose_name='given dates')),
                ('in_force_from', models.DateField(blank=True, editable=False, help_text="The schedule's days before it are not asked for: what was opened by an earlier schedule stands.", null=True, verbose_name='in force from')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical schedule',
                'verbose_name_plural': 'historical schedules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalScheduleException',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_user_name', models.CharField(blank=True, default='', max_length=200, verbose_name='changed by')),
                ('history_acting_for', models.CharField(blank=True, default='', max_length=400, verbose_name='as deputy for')),
                ('nominal_on', models.DateField(verbose_name='day by the schedule')),
                ('kind', models.CharField(choices=[('skip', 'Left out'), ('move', 'On another day')], max_length=5, verbose_name='what happens')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='due instead')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical exception from the schedule',
                'verbose_name_plural': 'historical exceptions from the schedule',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ScheduleException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nominal_on', models.DateField(verbose_name='day by the schedule')),
                ('kind', models.CharField(choices=[('skip', 'Left out'), ('move', 'On another day')], max_length=5, verbose_name='what happens')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='due instead')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'exception from the schedule',
                'verbose_name_plural': 'exceptions from the schedule',
                'ordering': ['control', 'nominal_on'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='check',
            name='a_control_is_due_once_a_day',
        ),
        migrations.RemoveConstraint(
            model_name='check',
            name='a_done_check_has_its_date',
        ),
        migrations.RemoveConstraint(
            model_name='control',
            name='control_frequency_is_known',
        ),
        migrations.AddField(
            model_name='check',
            name='conclusion',
            field=models.CharField(blank=True, choices=[('no_deviations', 'No deviations'), ('minor_deviations', 'Minor deviations'), ('significant_deviations', 'Significant deviations'), ('ongoing', 'Ongoing'), ('could_not_be_performed', 'Could not be performed')], max_length=25, verbose_name='conclusion'),
        ),
        migrations.AddField(
            model_name='check',
            name='last_day',
            field=models.DateField(default=datetime.date(2000, 1, 1), editable=False, help_text='After that day it is missed.', verbose_name='last day'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='check',
            name='missed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='marked as missed'),
        ),
        migrations.AddField(
            model_name='check',
            name='nominal_on',
            field=models.DateField(default=datetime.date(2000, 1, 1), editable=False, verbose_name='day by the schedule'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='check',
            name='note',
            field=models.TextField(blank=True, help_text='What was examined and what it showed; of a missed check, why it was not performed.', verbose_name='note'),
        ),
        migrations.AddField(
            model_name='check',
            name='performed_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='check',
            name='performer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to=settings.AUTH_USER_MODEL, verbose_name='performed by'),
        ),
        migrations.AddField(
            model_name='check',
            name='unit',
            field=models.ForeignKey(default=1, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='riskreg.unit', verbose_name='unit'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='conclusion',
            field=models.CharField(blank=True, choices=[('no_deviations', 'No deviations'), ('minor_deviations', 'Minor deviations'), ('significant_deviations', 'Significant deviations'), ('ongoing', 'Ongoing'), ('could_not_be_performed', 'Could not be performed')], max_length=25, verbose_name='conclusion'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='last_day',
            field=models.DateField(default=datetime.date(2000, 1, 1), editable=False, help_text='After that day it is missed.', verbose_name='last day'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='missed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='marked as missed'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='nominal_on',
            field=models.DateField(default=datetime.date(2000, 1, 1), editable=False, verbose_name='day by the schedule'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='note',
            field=models.TextField(blank=True, help_text='What was examined and what it showed; of a missed check, why it was not performed.', verbose_name='note'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='performed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='performer',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='performed by'),
        ),
        migrations.AddField(
            model_name='historicalcheck',
            name='unit',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='riskreg.unit', verbose_name='unit'),
        ),
        migrations.AlterField(
            model_name='control',
            name='frequency',
            field=models.CharField(choices=[('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('tertial', 'Each tertial'), ('half_yearly', 'Half-yearly'), ('yearly', 'Yearly'), ('at_closing', 'At each closing'), ('given_dates', 'On given dates')], default='at_closing', max_length=15, verbose_name='frequency'),
        ),
        migrations.AlterField(
            model_name='historicalcontrol',
            name='frequency',
            field=models.CharField(choices=[('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('tertial', 'Each tertial'), ('half_yearly', 'Half-yearly'), ('yearly', 'Yearly'), ('at_closing', 'At each closing'), ('given_dates', 'On given dates')], default='at_closing', max_length=15, verbose_name='frequency'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['performer', 'state', 'due_on'], name='check_inbox'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['state', 'last_day'], name='check_by_last_day'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['unit', 'due_on'], name='check_by_unit'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.UniqueConstraint(fields=('control', 'unit', 'nominal_on'), name='a_day_of_the_schedule_has_one_check'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('due_on'))), name='a_check_is_due_before_its_last_day'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('performed_by__isnull', False), ('performed_on__isnull', False), ('state', 'done'), models.Q(('conclusion', ''), _negated=True)), models.Q(models.Q(('state', 'done'), _negated=True), ('performed_by__isnull', True), ('performed_on__isnull', True)), _connector='OR'), name='a_done_check_says_when_by_whom_and_what'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'missed'), ('missed_at__isnull', True), _connector='XOR'), name='a_missed_check_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'in_progress', 'done', 'missed'])), name='check_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('conclusion__in', ['', 'no_deviations', 'minor_deviations', 'significant_deviations', 'could_not_be_performed'])), name='check_conclusion_is_known'),
        ),
        migrations.AddConstraint(
            model_name='control',
            constraint=models.CheckConstraint(condition=models.Q(('frequency__in', ['weekly', 'monthly', 'quarterly', 'tertial', 'half_yearly', 'yearly', 'at_closing', 'given_dates'])), name='control_frequency_is_known'),
        ),
        migrations.AddField(
            model_name='controlschedule',
            name='control',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='schedule', to='controls.control', verbose_name='control'),
        ),
        migrations.AddField(
            model_name='historicalcontrolschedule',
            name='control',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='controls.control', verbose_name='control'),
        ),
        migrations.AddField(
            model_name='historicalcontrolschedule',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalscheduleexception',
            name='control',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='controls.control', verbose_name='control'),
        ),
        migrations.AddField(
            model_name='historicalscheduleexception',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='scheduleexception',
            name='control',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedule_exceptions', to='controls.control', verbose_name='control'),
        ),
        migrations.AddConstraint(
            model_name='controlschedule',
            constraint=models.CheckConstraint(condition=models.Q(('day_rule__in', ['before', 'after', 'nearest', 'not_moved'])), name='a_schedule_says_what_a_day_off_does'),
        ),
        migrations.AddConstraint(
            model_name='scheduleexception',
            constraint=models.UniqueConstraint(fields=('control', 'nominal_on'), name='a_day_of_the_schedule_has_one_exception'),
        ),
        migrations.AddConstraint(
            model_name='scheduleexception',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='an_exception_has_its_reason'),
        ),
        migrations.AddConstraint(
            model_name='scheduleexception',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_on__isnull', False), ('kind', 'move')), models.Q(('due_on__isnull', True), ('kind', 'skip')), _connector='OR'), name='a_moved_day_says_where_to'),
        ),
    ]
