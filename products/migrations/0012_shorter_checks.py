from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q

NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")
CHECKS = {
    "price": Q(price__range=(NOTHING, MAX_PRICE)),
    "cost_price": Q(cost_price__range=(NOTHING, MAX_PRICE)),
    "stock_value": Q(stock_value__range=(NOTHING, MAX_VALUE)) & (Q(quantity__gt=0) | Q(stock_value=NOTHING)),
}


class Migration(migrations.Migration):
    dependencies = [("products", "0011_name_key")]

    operations = [
        operation
        for name, condition in CHECKS.items()
        for operation in (
            migrations.RemoveConstraint("product", f"products_product_{name}"),
            AddConstraintNotValid("product", CheckConstraint(condition=condition, name=f"products_product_{name}")),
        )
    ]
