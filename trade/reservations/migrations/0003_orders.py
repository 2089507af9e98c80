import django.db.models.functions.datetime
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

import core.ownership
from core.money.amounts import MAX_PRICE

# AddField would add the check in the same statement, which Citus refuses.
NUMBER = (
    "ALTER TABLE reservations_reservation ADD COLUMN number integer NULL",
    "ALTER TABLE reservations_reservation ADD CONSTRAINT reservations_reservation_number_check CHECK (number >= 0)",
)


class Migration(migrations.Migration):
    dependencies = [("reservations", "0002_metadata"), ("customers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL([*NUMBER], "ALTER TABLE reservations_reservation DROP COLUMN number")
            ],
            state_operations=[migrations.AddField("reservation", "number", models.PositiveIntegerField(null=True))],
        ),
        migrations.AddField(
            "reservation",
            "customer",
            core.ownership.OwnedKey(null=True, related_name="+", to="customers.customer"),
        ),
        migrations.AddField(
            "reservation",
            "wanted_on",
            models.DateField(help_text="The day on which the customer wants it.", null=True, verbose_name="wanted"),
        ),
        migrations.AddField(
            "reservation",
            "continues",
            core.ownership.OwnedKey(
                help_text="The reservation of which this one has kept the rest.",
                null=True,
                related_name="+",
                to="reservations.reservation",
            ),
        ),
        migrations.AddField(
            "reservation",
            "updated_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="changed"),
        ),
        migrations.AddField(
            "reservationline",
            "unit_price",
            models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="price of one"),
        ),
        AddConstraintNotValid(
            "reservation",
            CheckConstraint(condition=Q(number=None) | Q(number__gte=1), name="reservations_reservation_numbered"),
        ),
        AddConstraintNotValid(
            "reservationline",
            CheckConstraint(
                condition=Q(unit_price=None) | Q(unit_price__range=(0, MAX_PRICE)),
                name="reservations_reservationline_unit_price",
            ),
        ),
    ]
