from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

CHECKS = {
    "discount": Q(discount_percent=None) | Q(discount_amount=None),
    "percent": Q(discount_percent=None) | Q(discount_percent__range=(0, 100)),
    "amount": Q(discount_amount=None) | Q(discount_amount__range=(Decimal("0.00"), Decimal("99999999999999999999.99"))),
}


class Migration(migrations.Migration):
    dependencies = [("reservations", "0011_price_from")]

    operations = [
        migrations.AddField(
            "reservation", "discount_percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)
        ),
        migrations.AddField(
            "reservation", "discount_amount", models.DecimalField(decimal_places=2, max_digits=22, null=True)
        ),
        *(
            AddConstraintNotValid(
                "reservation", CheckConstraint(condition=condition, name=f"reservations_reservation_{name}")
            )
            for name, condition in CHECKS.items()
        ),
    ]
