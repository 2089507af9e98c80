from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan


class Migration(migrations.Migration):
    """Add an index of the operations that were booked late: see stock/timeline.py."""

    atomic = False  # CREATE INDEX CONCURRENTLY, which does not block bookings, can't run in a transaction

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
