from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("products", "0001_initial"), ("stock", "0001_initial"), ("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
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
                ("operation", OwnedKey(null=True, related_name="+", to="stock.operation")),
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
                    Index(
                        condition=Q(("reference", ""), _negated=True),
                        fields=["owner", "reference", "id"],
                        name="reservations_by_reference",
                    ),
                    Index(
                        condition=Q(outcome__isnull=True),
                        fields=["owner", "expires_at"],
                        name="reservations_not_closed",
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="reservations_reservation_owner_row"),
                    OwnedForeignKey(field="operation", name="reservations_reservation_operation"),
                    UniqueConstraint(fields=("owner", "operation"), name="reservations_reservation_one_operation"),
                    CheckConstraint(
                        condition=Q(
                            Q(("operation__isnull", False), ("outcome", "fulfilled"), ("outcome__isnull", False)),
                            Q(
                                ("operation__isnull", True),
                                Q(("outcome__isnull", True), ("outcome", "released"), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="reservations_reservation_outcome",
                    ),
                    CheckConstraint(
                        condition=Q(
                            Q(("closed_at__isnull", True), ("outcome__isnull", True)),
                            Q(("closed_at__isnull", False), ("outcome__isnull", False)),
                            _connector="OR",
                        ),
                        name="reservations_reservation_closed_at",
                    ),
                    CheckConstraint(
                        condition=Q(("expires_at__gt", F("created_at"))), name="reservations_reservation_expires_at"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReservationLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("reservation", OwnedKey(related_name="lines", to="reservations.reservation")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("reserved_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "line of a reservation",
                "verbose_name_plural": "lines of reservations",
                "indexes": [Index(fields=["owner", "product", "reserved_until"], name="reservations_lines_counted")],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="reservations_reservationline_owner_row"),
                    OwnedForeignKey(field="reservation", name="reservations_reservationline_reservation"),
                    OwnedForeignKey(field="product", name="reservations_reservationline_product"),
                    UniqueConstraint(
                        fields=("owner", "reservation", "product"), name="reservations_reservationline_once"
                    ),
                    CheckConstraint(
                        condition=Q(quantity__range=(1, 1000000000)), name="reservations_reservationline_quantity"
                    ),
                ],
            },
        ),
    ]
