from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")
CHECKS = {
    "stock_movement_unit_price": Q(unit_price=None, total=None)
    | Q(unit_price__isnull=False, unit_price__range=(NOTHING, MAX_PRICE), movement_type="OUT"),
    "stock_movement_total": Q(total__range=(NOTHING, MAX_VALUE)),
}


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
        migrations.RemoveConstraint("movement", "stock_movement_unit_price"),
        *(
            AddConstraintNotValid("movement", CheckConstraint(condition=condition, name=name))
            for name, condition in CHECKS.items()
        ),
    ]
