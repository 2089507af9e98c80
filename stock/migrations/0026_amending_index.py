from datetime import timedelta

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import F, Index, Q
from django.db.models.lookups import GreaterThan

LATE = timedelta(minutes=10)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("stock", "0025_filled_tills")]

    operations = [
        AddIndexConcurrently(
            "operation",
            Index(
                fields=["owner", "created_at"],
                condition=Q(GreaterThan(F("created_at") - F("occurred_at"), LATE)) | Q(reverses__isnull=False),
                name="stock_operation_amending",
            ),
        ),
    ]
