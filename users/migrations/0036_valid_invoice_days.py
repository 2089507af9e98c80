from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0035_invoices")]

    operations = [ValidateConstraint("user", "users_user_invoice_days")]
