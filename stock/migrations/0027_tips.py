from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q

NOTHING, MAX_VALUE = Decimal("0.00"), Decimal("99999999999999999999.99")
IS_TENDERED_WITH_TIP = Q(tendered=None) | Q(tendered__gte=F("amount") + F("tip"))


class Migration(migrations.Migration):
    dependencies = [("stock", "0026_amending_index")]

    operations = [
        migrations.AddField(
            "payment",
            "tip",
            models.DecimalField(
                db_default=NOTHING,
                decimal_places=2,
                default=NOTHING,
                help_text="What was received besides, which is no part of the sale.",
                max_digits=22,
            ),
        ),
        AddConstraintNotValid(
            "payment",
            CheckConstraint(
                condition=Q(tip=NOTHING)
                | (Q(amount__gt=0, reverses=None, tip__range=(NOTHING, MAX_VALUE)) & IS_TENDERED_WITH_TIP)
                | Q(amount__lt=0, reverses__isnull=False, tip__range=(-MAX_VALUE, NOTHING)),
                name="stock_payment_tip",
            ),
        ),
    ]
