from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Validate the constraint apart from its creation, which locks the table."""

    dependencies = [("stock", "0016_seal_nonce")]

    operations = [ValidateConstraint("seal", "stock_seal_nonce")]
