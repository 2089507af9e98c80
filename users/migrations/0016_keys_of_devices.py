from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0015_valid_factor_kinds")]

    operations = [
        migrations.AddField(
            "apikey",
            "is_device",
            models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether it is of a till's device: pairing the till again replaces it.",
            ),
        ),
    ]
