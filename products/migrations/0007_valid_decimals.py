from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0006_decimals")]

    operations = [ValidateConstraint("product", "products_product_decimals")]
