from django.db import migrations, models
from django.db.models import F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("name", models.CharField(max_length=255)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=64)),
                ("address", models.TextField(blank=True, max_length=1000)),
                ("note", models.TextField(blank=True, max_length=1000)),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=128, null=True, verbose_name="id in another program"),
                ),
                (
                    "metadata",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        editable=False,
                        help_text="Texts of other programs, by key.",
                    ),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="customers_customer_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("external_id"),
                        condition=Q(archived_at=None, external_id__isnull=False),
                        name="customers_customer_external_id",
                        violation_error_message="Another row has this external_id already.",
                    ),
                ],
                "indexes": [
                    Index(F("owner"), Lower("name"), F("id"), name="customers_customer_by_name"),
                    Index(F("owner"), Lower("email"), condition=~Q(email=""), name="customers_customer_by_email"),
                ],
            },
        )
    ]
