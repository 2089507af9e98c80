from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0035_seals_without_operations")]

    operations = [ValidateConstraint("seal", "stock_seal_counts")]
