from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0006_valid_cost_of_line")]

    operations = [
        migrations.AddField(
            "order",
            "metadata",
            models.JSONField(
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                help_text="Texts of other programs, by key.",
            ),
        )
    ]
