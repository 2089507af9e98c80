import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.database.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [("products", "0001_initial"), ("stock", "0001_initial"), ("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "expires_at",
                    models.DateTimeField(help_text="Empty: it is reserved until somebody releases it.", null=True),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("operation", core.ownership.OwnedKey(null=True, related_name="+", to="stock.operation")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("fulfilled", "Fulfilled"), ("released", "Released")], max_length=9, null=True
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("made_by_username", models.CharField(max_length=255)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["owner", "reference", "id"],
                        name="reservations_by_reference",
                    ),
                    models.Index(
                        condition=models.Q(("outcome__isnull", True)),
                        fields=["owner", "expires_at"],
                        name="reservations_not_closed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="reservations_reservation_owner_row"),
                    core.database.constraints.OwnedForeignKey(
                        field="operation", name="reservations_reservation_operation"
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "operation"), name="reservations_reservation_one_operation"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("operation__isnull", False), ("outcome", "fulfilled"), ("outcome__isnull", False)
                            ),
                            models.Q(
                                ("operation__isnull", True),
                                models.Q(("outcome__isnull", True), ("outcome", "released"), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="reservations_reservation_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("outcome__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("outcome__isnull", False)),
                            _connector="OR",
                        ),
                        name="reservations_reservation_closed_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="reservations_reservation_expires_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReservationLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                ("reservation", core.ownership.OwnedKey(related_name="lines", to="reservations.reservation")),
                ("product", core.ownership.OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("reserved_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "line of a reservation",
                "verbose_name_plural": "lines of reservations",
                "indexes": [
                    models.Index(fields=["owner", "product", "reserved_until"], name="reservations_lines_counted")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="reservations_reservationline_owner_row"),
                    core.database.constraints.OwnedForeignKey(
                        field="reservation", name="reservations_reservationline_reservation"
                    ),
                    core.database.constraints.OwnedForeignKey(
                        field="product", name="reservations_reservationline_product"
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "reservation", "product"), name="reservations_reservationline_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="reservations_reservationline_quantity",
                    ),
                ],
            },
        ),
    ]
