from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0033_has_kits")]

    operations = [
        migrations.AddField("user", "tiles", models.JSONField(blank=True, db_default=[], default=list)),
    ]
