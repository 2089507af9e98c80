from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reservations", "0012_discount")]

    operations = [
        ValidateConstraint("reservation", f"reservations_reservation_{name}")
        for name in ("discount", "percent", "amount")
    ]
