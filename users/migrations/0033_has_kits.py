from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0032_first_steps")]

    operations = [
        migrations.AddField("user", "has_kits", models.BooleanField(db_default=False, default=False, editable=False)),
    ]
