from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reservations", "0005_expiry_told")]

    operations = [
        AddIndexConcurrently(
            "reservation",
            Index(
                fields=["owner", "expires_at"],
                condition=Q(outcome=None) & (~Q(customer=None) | ~Q(wanted_on=None)),
                name="reservations_orders",
            ),
        ),
    ]
