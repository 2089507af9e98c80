from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Validate the constraints apart from their creation, which locks the table."""

    dependencies = [("stock", "0014_values")]

    operations = [
        ValidateConstraint("movement", "stock_movement_value"),
        ValidateConstraint("movement", "stock_movement_unit_price"),
    ]
