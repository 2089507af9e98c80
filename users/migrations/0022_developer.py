from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0021_valid_roles")]

    operations = [
        migrations.AddField("user", "developer", models.BooleanField(db_default=True, default=True)),
    ]
