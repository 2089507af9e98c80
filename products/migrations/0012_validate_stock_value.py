from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Validate the constraints apart from their creation, which locks the table."""

    dependencies = [("products", "0011_stock_value")]

    operations = [
        ValidateConstraint("product", "products_product_valued_sequence"),
        ValidateConstraint("product", "products_product_stock_value"),
    ]
