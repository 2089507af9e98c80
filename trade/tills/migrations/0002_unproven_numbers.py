from django.db import migrations, models

from trade.tills.models import NumbersField


class Migration(migrations.Migration):
    dependencies = [("tills", "0001_initial")]

    operations = [
        migrations.AddField(
            "till",
            "unproven",
            NumbersField(
                db_default="{}",
                help_text="The numbers that a device may have given before it was replaced, or lost them.",
            ),
        ),
        migrations.AlterField(
            "till",
            "last_number",
            models.PositiveIntegerField(
                default=0,
                help_text="The highest number that was booked or given up, or that a device before may have given.",
            ),
        ),
    ]
