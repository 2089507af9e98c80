from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations
from django.db.models import Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey

CREATE_INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY reservations_reservation_number ON reservations_reservation (owner_id, number)
"""
FOREIGN_KEY = """
ALTER TABLE reservations_reservation ADD CONSTRAINT {name} FOREIGN KEY (owner_id, {column})
REFERENCES {table} (owner_id, id) DEFERRABLE INITIALLY IMMEDIATE NOT VALID
"""
KEYS = (("customer", "customers_customer"), ("continues", "reservations_reservation"))
BATCH = 5000
OWNERS = "SELECT DISTINCT owner_id FROM reservations_reservation WHERE number IS NULL"
NUMBER = f"""
UPDATE reservations_reservation AS reservation SET number = numbered.number
FROM (
    SELECT id, row_number() OVER (ORDER BY id) + (
        SELECT coalesce(max(number), 0) FROM reservations_reservation WHERE owner_id = %(owner)s
    ) AS number
    FROM reservations_reservation WHERE owner_id = %(owner)s AND number IS NULL ORDER BY id LIMIT {BATCH}
) AS numbered
WHERE reservation.owner_id = %(owner)s AND reservation.id = numbered.id
"""  # noqa: S608, constants


def number_reservations(apps, schema_editor):
    """Number the reservations of each shop in the order of their ids. The running release makes none with a number."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(OWNERS)
        for (owner,) in cursor.fetchall():
            cursor.execute(NUMBER, {"owner": owner})
            while cursor.rowcount == BATCH:
                cursor.execute(NUMBER, {"owner": owner})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("reservations", "0003_orders")]

    operations = [
        ValidateConstraint("reservation", "reservations_reservation_numbered"),
        ValidateConstraint("reservationline", "reservations_reservationline_unit_price"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREATE_INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(
                    "ALTER TABLE reservations_reservation ADD CONSTRAINT reservations_reservation_number"
                    " UNIQUE USING INDEX reservations_reservation_number",
                    "ALTER TABLE reservations_reservation DROP CONSTRAINT reservations_reservation_number",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "reservation",
                    UniqueConstraint(fields=["owner", "number"], name="reservations_reservation_number"),
                ),
            ],
        ),
        *(
            migrations.SeparateDatabaseAndState(
                database_operations=[
                    migrations.RunSQL(
                        FOREIGN_KEY.format(name=f"reservations_reservation_{field}", column=f"{field}_id", table=table),
                        f"ALTER TABLE reservations_reservation DROP CONSTRAINT reservations_reservation_{field}",
                    ),
                    migrations.RunSQL(
                        f"ALTER TABLE reservations_reservation VALIDATE CONSTRAINT reservations_reservation_{field}",
                        migrations.RunSQL.noop,
                    ),
                ],
                state_operations=[
                    migrations.AddConstraint(
                        "reservation", OwnedForeignKey(field=field, name=f"reservations_reservation_{field}")
                    ),
                ],
            )
            for field, table in KEYS
        ),
        AddIndexConcurrently(
            "reservation",
            Index(fields=["owner", "customer", "id"], condition=~Q(customer=None), name="reservations_by_customer"),
        ),
        AddIndexConcurrently(
            "reservation",
            Index(fields=["owner", "continues"], condition=~Q(continues=None), name="reservations_continued"),
        ),
        AddIndexConcurrently(
            "reservation",
            Index(
                fields=["owner", "wanted_on"],
                condition=Q(outcome=None) & ~Q(wanted_on=None),
                name="reservations_wanted",
            ),
        ),
        migrations.RunPython(number_reservations, migrations.RunPython.noop),
    ]
