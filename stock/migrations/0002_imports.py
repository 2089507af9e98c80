from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(blank=True, help_text="Empty if the body was sent.", max_length=255)),
                ("rows", models.BigIntegerField(help_text="The rows that were read.")),
                ("created", models.JSONField(help_text="The ids of the rows that it created, by kind.", null=True)),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="The code of the error.", max_length=64, verbose_name="refused"
                    ),
                ),
                ("refusal", models.JSONField(help_text="The error, with its first rows.", null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="sent")),
                (
                    "operation",
                    OwnedKey(
                        help_text="Empty if no quantity changed.", null=True, related_name="+", to="stock.operation"
                    ),
                ),
                ("owner", OwnerKey()),
                (
                    "performed_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=~Q(code__exact=""), fields=["owner", "created_at"], name="stock_import_refused"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="stock_import_owner_row"),
                    OwnedForeignKey(field="operation", name="stock_import_operation"),
                    models.UniqueConstraint(fields=("owner", "operation"), name="stock_import_of_operation"),
                ],
            },
        ),
    ]
