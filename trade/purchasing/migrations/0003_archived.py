from django.db import migrations, models

KEPT = "The link that was taken away because its row is archived: see core.archiving."


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0002_external_id")]

    operations = [
        migrations.AddField(
            "order", "kept_supplier_id", models.BigIntegerField(editable=False, help_text=KEPT, null=True)
        ),
    ]
