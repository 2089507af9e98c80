"""Add the index from which the report of losses reads the counts of a period. Counting goes on meanwhile."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("stock", "0011_valid_counts_of_nowhere")]

    operations = [
        AddIndexConcurrently(
            model_name="stockcount",
            index=models.Index(fields=["owner", "counted_at"], name="stock_stockcount_by_time"),
        ),
    ]
