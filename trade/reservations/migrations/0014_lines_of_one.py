from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reservations", "0013_valid_discount")]

    operations = [
        AddIndexConcurrently(
            "reservationline", Index(fields=["owner", "reservation", "id"], name="reservations_lines_of_one")
        ),
    ]
