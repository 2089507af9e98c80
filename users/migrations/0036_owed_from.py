from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0035_has_prices")]

    operations = [
        migrations.AddField("user", "owed_from", models.DateField("customers owe from", null=True, blank=True))
    ]
