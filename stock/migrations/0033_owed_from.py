from datetime import UTC, datetime

from django.db import migrations, transaction

SHOPS_AT_A_TIME = 1000
# The shops after a position that may take payments. Citus can't ask for the payments of all of them at once.
NEXT = """
SELECT id, uses_payments = 'on' FROM users_user
WHERE id > %(after)s AND role = 'owner' AND owed_from IS NULL AND uses_payments <> 'off'
ORDER BY id LIMIT %(limit)s
"""
FIRST = "SELECT created_at FROM stock_payment WHERE owner_id = %(owner)s ORDER BY id LIMIT 1"
FILL = """
UPDATE users_user SET owed_from = (%(at)s::timestamptz AT TIME ZONE time_zone)::date
WHERE id = %(owner)s AND owed_from IS NULL
"""


def fill(apps, schema_editor):
    """Set the day of the first payment, or today if a shop has switched payments on and has noted none.

    Each batch of shops has a transaction of its own.
    """
    after, now = 0, datetime.now(UTC)
    while True:
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(NEXT, {"after": after, "limit": SHOPS_AT_A_TIME})
            shops = cursor.fetchall()
            for after, is_on in shops:
                cursor.execute(FIRST, {"owner": after})
                first = cursor.fetchone() or ((now,) if is_on else None)
                if first:
                    cursor.execute(FILL, {"owner": after, "at": first[0]})
        if len(shops) < SHOPS_AT_A_TIME:
            return


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("stock", "0032_valid_sold_category"), ("users", "0036_owed_from")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
