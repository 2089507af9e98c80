from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")
TABLE = "reservations_reservedkit"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0008_valid_said"), ("kits", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ReservedKit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("kit", OwnedKey(related_name="+", to="kits.kit")),
                ("name", models.CharField(max_length=255)),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("quantity", models.BigIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price of one")),
                ("total", models.DecimalField(decimal_places=2, max_digits=22, verbose_name="price of all")),
                ("reservation", OwnedKey(related_name="+", to="reservations.reservation")),
                ("lines", ArrayField(models.SmallIntegerField())),
            ],
            options={
                "verbose_name": "kit of a reservation",
                "verbose_name_plural": "kits of reservations",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name=f"{TABLE}_owner_row"),
                    OwnedForeignKey(field="reservation", name=f"{TABLE}_reservation"),
                    OwnedForeignKey(field="kit", name=f"{TABLE}_kit"),
                    CheckConstraint(condition=Q(quantity__range=(1, 1_000_000_000)), name=f"{TABLE}_quantity"),
                    CheckConstraint(condition=Q(unit_price__range=(NOTHING, MAX_PRICE)), name=f"{TABLE}_unit_price"),
                    CheckConstraint(condition=Q(total__range=(NOTHING, MAX_VALUE)), name=f"{TABLE}_total"),
                ],
                "indexes": [Index(fields=["owner", "reservation", "id"], name="reservations_kits_of_one")],
            },
        ),
        migrations.AddField(
            "reservationline",
            "total",
            models.DecimalField(
                decimal_places=2,
                help_text="The share of the price of the kits that have brought the line.",
                max_digits=22,
                null=True,
                verbose_name="price of all",
            ),
        ),
        AddConstraintNotValid(
            "reservationline",
            CheckConstraint(
                condition=Q(total=None) | Q(total__range=(NOTHING, MAX_VALUE), unit_price=None),
                name="reservations_reservationline_total",
            ),
        ),
    ]
