from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan


class Migration(migrations.Migration):
    """An index of the operations that were recorded late: stock/timeline.py."""

    atomic = False  # an index that stops no booking can't be built in a transaction

    dependencies = [
        ("stock", "0005_support_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="operation",
            index=models.Index(
                condition=Q(GreaterThan(F("created_at") - F("occurred_at"), timedelta(minutes=10))),
                fields=["owner", "occurred_at", "created_at"],
                name="stock_operation_late",
            ),
        ),
    ]
