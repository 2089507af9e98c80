from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Supplier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("lead_days", models.SmallIntegerField(db_default=7, default=7, verbose_name="lead time in days")),
                ("name", models.CharField(max_length=255)),
                ("contact_email", models.EmailField(blank=True, max_length=254)),
                ("phone_number", models.CharField(blank=True, max_length=64)),
                (
                    "accepted_email",
                    models.EmailField(blank=True, db_default="", default="", editable=False, max_length=254),
                ),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="suppliers_supplier_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        name="suppliers_supplier_name",
                        violation_error_message="You have a supplier with this name already.",
                    ),
                    CheckConstraint(
                        condition=Q(lead_days__range=(0, 365)),
                        name="suppliers_supplier_lead_days",
                        violation_error_message="A lead time is 0 to 365 days.",
                    ),
                ]
            },
        )
    ]
