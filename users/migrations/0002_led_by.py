import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.AddField(
            "user",
            "is_barred",
            models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="A former owner that may not sign in, though its shop is open.",
            ),
        ),
        migrations.AddField(
            "user",
            "led_by",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                help_text="The worker to whom the shop was handed over; empty if its first owner leads it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
