from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0005_external_id_index")]

    operations = [
        migrations.AddField(
            "supplier",
            "metadata",
            models.JSONField(
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                help_text="Texts of other programs, by key.",
            ),
        )
    ]
