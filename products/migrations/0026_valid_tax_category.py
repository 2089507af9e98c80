from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0025_tax_category")]

    operations = [
        ValidateConstraint("tax", "products_tax_category"),
        ValidateConstraint("tax", "products_tax_reason"),
    ]
