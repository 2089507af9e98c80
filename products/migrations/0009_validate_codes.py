from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Validate the constraint apart from its creation, which locks the table."""

    dependencies = [("products", "0008_codes")]

    operations = [ValidateConstraint("product", "products_product_code_count")]
