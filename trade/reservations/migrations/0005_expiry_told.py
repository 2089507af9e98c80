from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reservations", "0004_numbers")]

    operations = [
        migrations.AddField(
            "reservation",
            "expiry_told_at",
            models.DateTimeField(editable=False, help_text="When the event of its expiry was recorded.", null=True),
        ),
    ]
