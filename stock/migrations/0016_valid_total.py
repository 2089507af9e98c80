from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0015_total")]

    operations = [
        ValidateConstraint("movement", "stock_movement_unit_price"),
        ValidateConstraint("movement", "stock_movement_total"),
    ]
