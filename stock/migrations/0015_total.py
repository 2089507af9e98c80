from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

NOTHING, MAX_VALUE = Decimal("0.00"), Decimal("99999999999999999999.99")


class Migration(migrations.Migration):
    dependencies = [("stock", "0014_valid_checks")]

    operations = [
        migrations.AddField(
            "movement",
            "total",
            models.DecimalField(
                decimal_places=2,
                help_text="What the line was sold for, if that is not the quantity times the price of one.",
                max_digits=22,
                null=True,
                verbose_name="price of all",
            ),
        ),
        AddConstraintNotValid(
            "movement",
            CheckConstraint(
                condition=Q(total=None) | Q(total__range=(NOTHING, MAX_VALUE), unit_price__isnull=False),
                name="stock_movement_total",
            ),
        ),
    ]
