from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations
from django.db.models import Q, UniqueConstraint

NAME, TABLE = "reservations_reservationline_once", "reservations_reservationline"
# The new index takes the place of the old constraint while requests write to the table. The statements can be executed
# again if one of them has failed.
REPLACE_INDEX = [
    f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}_plain",
    f"CREATE UNIQUE INDEX CONCURRENTLY {NAME}_plain ON {TABLE} (owner_id, reservation_id, product_id)"
    " WHERE total IS NULL",
    f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {NAME}",
    f"ALTER INDEX {NAME}_plain RENAME TO {NAME}",
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reservations", "0009_kits")]

    operations = [
        ValidateConstraint("reservationline", "reservations_reservationline_total"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(statement) for statement in REPLACE_INDEX],
            state_operations=[
                migrations.RemoveConstraint("reservationline", NAME),
                migrations.AddConstraint(
                    "reservationline",
                    UniqueConstraint(fields=["owner", "reservation", "product"], condition=Q(total=None), name=NAME),
                ),
            ],
        ),
    ]
