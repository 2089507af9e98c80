from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reservations", "0007_said")]

    operations = [ValidateConstraint("reservationline", "reservations_reservationline_said")]
