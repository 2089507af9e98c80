from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0016_keeps_stock")]

    operations = [ValidateConstraint("product", "products_product_keeps_stock")]
