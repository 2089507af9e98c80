from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations
from django.db.models import Q, UniqueConstraint

OLD, NEW, TABLE = (
    "reservations_reservationline_once",
    "reservations_reservationline_plain",
    "reservations_reservationline",
)
COLUMNS = "(owner_id, reservation_id, product_id)"
DROP_NEW = f"DROP INDEX CONCURRENTLY IF EXISTS {NEW}"
# The new index takes the place of the old constraint while requests write to the table. All of this can be executed
# again if a statement has failed.
REPLACE = [
    migrations.RunSQL(DROP_NEW, migrations.RunSQL.noop),
    migrations.RunSQL(f"CREATE UNIQUE INDEX CONCURRENTLY {NEW} ON {TABLE} {COLUMNS} WHERE total IS NULL", DROP_NEW),
    migrations.RunSQL(
        f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {OLD}",
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {OLD} UNIQUE {COLUMNS}",
    ),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reservations", "0009_kits")]

    operations = [
        ValidateConstraint("reservationline", "reservations_reservationline_total"),
        migrations.SeparateDatabaseAndState(
            database_operations=REPLACE,
            state_operations=[
                migrations.RemoveConstraint("reservationline", OLD),
                migrations.AddConstraint(
                    "reservationline",
                    UniqueConstraint(fields=["owner", "reservation", "product"], condition=Q(total=None), name=NEW),
                ),
            ],
        ),
    ]
