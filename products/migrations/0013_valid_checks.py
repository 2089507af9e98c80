from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0012_shorter_checks")]

    operations = [
        ValidateConstraint("product", f"products_product_{name}") for name in ("price", "cost_price", "stock_value")
    ]
