from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0018_taxes")]

    operations = [ValidateConstraint("product", "products_product_tax")]
