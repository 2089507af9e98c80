from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0021_recipes")]

    operations = [ValidateConstraint("operation", "stock_operation_reason")]
