from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0027_tips")]

    operations = [ValidateConstraint("payment", "stock_payment_tip")]
