from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("stock", "0028_valid_tip")]

    operations = [
        AddIndexConcurrently(
            "stockcount",
            Index(
                fields=["owner", "operation"],
                condition=Q(operation__isnull=False),
                name="stock_stockcount_by_operation",
            ),
        ),
    ]
