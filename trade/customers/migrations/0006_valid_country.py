from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_invoices")]

    operations = [ValidateConstraint("customer", "customers_customer_country")]
