from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0031_sold_category")]

    operations = [ValidateConstraint("sold", "stock_sold_category")]
