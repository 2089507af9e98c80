from django.core.serializers.json import DjangoJSONEncoder
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SalesDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                (
                    "covers_until",
                    models.DateTimeField(help_text="The sums have every operation that was booked before this time."),
                ),
                ("places", models.SmallIntegerField(help_text="The decimals to which VAT was rounded.")),
                (
                    "sums",
                    models.JSONField(encoder=DjangoJSONEncoder, help_text="The rows of each statement, by its name."),
                ),
            ],
            options={
                "verbose_name": "kept day of sales",
                "verbose_name_plural": "kept days of sales",
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="reports_salesday_owner_row"),
                    UniqueConstraint(fields=["owner", "starts_at"], name="reports_salesday_once"),
                    CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="reports_salesday_span"),
                ],
                "abstract": False,
            },
        ),
    ]
