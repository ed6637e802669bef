from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("riskreg", "0004_trail_seals")]

    operations = [
        migrations.AddField(
            model_name="seal",
            name="complete",
            field=models.BooleanField(
                default=False,
                help_text="Nothing was left waiting when it was made; else the next one goes on.",
                verbose_name="complete",
            ),
        ),
    ]
