import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stock", "0004_reference_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="operation",
            options={"permissions": (("reverse_operation", "Can reverse operation"),)},
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verified_at", models.DateTimeField()),
                ("movements", models.BigIntegerField(help_text="Number of movements that were verified.")),
                (
                    "broken",
                    models.CharField(
                        blank=True, help_text="The first break; empty if the ledger held.", max_length=200
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="stock_verification_owner_row"),
                    models.UniqueConstraint(fields=("owner",), name="stock_verification_owner"),
                ],
            },
        ),
    ]
