from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q

NOTHING, MAX_PRICE, MAX_VALUE = Decimal("0.00"), Decimal("9999999999.99"), Decimal("99999999999999999999.99")
REASONS = "purchase|sale|return|damage|theft|expiry|correction|other|opening|count|import|reversal|transfer"
CHECKS = {
    ("operation", "stock_operation_reason"): Q(reason__regex=f"^({REASONS})$"),
    ("movement", "stock_movement_value"): Q(value__range=(NOTHING, MAX_VALUE)),
    ("movement", "stock_movement_unit_price"): Q(unit_price=None)
    | Q(unit_price__range=(NOTHING, MAX_PRICE), movement_type="OUT"),
}


class Migration(migrations.Migration):
    dependencies = [("stock", "0012_counts_by_time")]

    operations = [
        operation
        for (model, name), condition in CHECKS.items()
        for operation in (
            migrations.RemoveConstraint(model, name),
            AddConstraintNotValid(model, CheckConstraint(condition=condition, name=name)),
        )
    ]
