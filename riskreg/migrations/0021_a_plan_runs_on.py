from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('riskreg', '0020_earlier_wording'),
    ]

    operations = [
        migrations.AddField(
            model_name='controlplan',
            name='runs_on_from',
            field=models.DateField(blank=True, editable=False, help_text='From this day the checks go on into the next year, until its plan is adopted.', null=True, verbose_name='controls run on from'),
        ),
        migrations.AddField(
            model_name='controlplan',
            name='runs_on_until',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='controls ran on until'),
        ),
        migrations.AddField(
            model_name='historicalcontrolplan',
            name='runs_on_from',
            field=models.DateField(blank=True, editable=False, help_text='From this day the checks go on into the next year, until its plan is adopted.', null=True, verbose_name='controls run on from'),
        ),
        migrations.AddField(
            model_name='historicalcontrolplan',
            name='runs_on_until',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='controls ran on until'),
        ),
        migrations.AddConstraint(
            model_name='controlplan',
            constraint=models.CheckConstraint(condition=models.Q(('runs_on_until__isnull', True), models.Q(('runs_on_from__isnull', False), ('runs_on_until__gte', models.F('runs_on_from'))), _connector='OR'), name='running_on_ends_after_it_began'),
        ),
    ]
