from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0010_counts_of_nowhere")]

    operations = [ValidateConstraint("stockcount", "stock_stockcount_nowhere")]
