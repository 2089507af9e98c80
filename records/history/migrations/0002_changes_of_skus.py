from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("history", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "change",
            models.Index(
                fields=["owner", "row_id", "id"],
                condition=models.Q(kind="product", changes__has_key="sku"),
                name="history_change_of_skus",
            ),
        ),
    ]
