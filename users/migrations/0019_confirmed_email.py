from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0018_validate_notices")]

    operations = [
        migrations.AddField(
            "user",
            "confirmed_email",
            models.EmailField(blank=True, db_default="", default="", editable=False, max_length=254),
        ),
    ]
