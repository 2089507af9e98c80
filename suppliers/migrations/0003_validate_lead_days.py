from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Validate the constraint apart from its creation, which locks the table."""

    dependencies = [("suppliers", "0002_lead_days")]

    operations = [ValidateConstraint("supplier", "suppliers_supplier_lead_days")]
