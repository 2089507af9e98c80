import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import core.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("products", "0005_validate_held"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                    models.UniqueConstraint(fields=("owner", "id"), name="places_location_owner_row"),
                    models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("archived_at", None)),
                        name="places_location_name",
                        violation_error_message="You have a location with this name already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                (
                    "product",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="products.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("expires_on__isnull", False)),
                        fields=["owner", "expires_on", "id"],
                        name="places_lot_by_expiry",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="places_lot_owner_row"),
                    core.constraints.OwnedForeignKey(
                        field="product", name="places_lot_product", violation_error_message="This row does not exist."
                    ),
                    models.UniqueConstraint(fields=("owner", "product", "id"), name="places_lot_of_product"),
                    models.UniqueConstraint(
                        models.F("owner"),
                        models.F("product"),
                        django.db.models.functions.text.Lower("code"),
                        name="places_lot_code",
                        violation_error_message="This product has a lot with this code already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="places_lot_code_not_empty"
                    ),
                ],
            },
        ),
    ]
