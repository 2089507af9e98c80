from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0013_shorter_checks")]

    operations = [
        ValidateConstraint("operation", "stock_operation_reason"),
        ValidateConstraint("movement", "stock_movement_value"),
        ValidateConstraint("movement", "stock_movement_unit_price"),
    ]
