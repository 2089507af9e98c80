from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0034_tiles")]

    operations = [
        migrations.AddField("user", "owed_from", models.DateField("customers owe from", null=True, blank=True))
    ]
