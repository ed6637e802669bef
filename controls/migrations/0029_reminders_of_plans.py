from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0028_letters_about_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminder_kind_is_known',
        ),
        migrations.AlterField(
            model_name='reminder',
            name='kind',
            field=models.CharField(choices=[('follow_up', 'Follow-up'), ('approval', 'Approval'), ('check', 'Check'), ('action', 'Measure'), ('report', 'Report'), ('plan', 'Plan that is missing')], max_length=10, verbose_name='about'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['follow_up', 'approval', 'check', 'action', 'report', 'plan'])), name='reminder_kind_is_known'),
        ),
    ]
