from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0034_tiles")]

    operations = [
        migrations.AddField("user", "has_prices", models.BooleanField(db_default=False, default=False, editable=False)),
    ]
