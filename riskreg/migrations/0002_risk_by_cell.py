from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("riskreg", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="risk",
            index=models.Index(
                fields=["likelihood", "impact", "risk_score", "is_dropped", "plan", "unit", "is_confidential", "owner"],
                name="risk_by_cell",
            ),
        ),
    ]
