from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0030_receipts")]

    operations = [
        migrations.AddField(
            "user", "uses",
            models.JSONField(blank=True, db_default=[], default=list, verbose_name="what this shop uses"),
        ),
    ]  # fmt: skip
