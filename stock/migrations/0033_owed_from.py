from datetime import UTC, datetime

from django.db import migrations, transaction

SHOPS_AT_A_TIME = 1000
# The shops after a position that take payments: those that have switched them on, or that have noted one.
NEXT = """
SELECT id FROM users_user AS shop
WHERE id > %(after)s AND role = 'owner' AND owed_from IS NULL AND uses_payments <> 'off'
    AND (uses_payments = 'on' OR EXISTS (SELECT FROM stock_payment WHERE owner_id = shop.id))
ORDER BY id LIMIT %(limit)s
"""
FIRST = "SELECT created_at FROM stock_payment WHERE owner_id = %(owner)s ORDER BY id LIMIT 1"
FILL = """
UPDATE users_user SET owed_from = (%(at)s::timestamptz AT TIME ZONE time_zone)::date
WHERE id = %(owner)s AND owed_from IS NULL
"""


def fill(apps, schema_editor):
    """Set the day of the first payment, else today. Each batch of shops has a transaction of its own."""
    after, now = 0, datetime.now(UTC)
    while True:
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(NEXT, {"after": after, "limit": SHOPS_AT_A_TIME})
            owners = [pk for (pk,) in cursor.fetchall()]
            for owner in owners:
                cursor.execute(FIRST, {"owner": owner})
                first = cursor.fetchone()
                cursor.execute(FILL, {"owner": owner, "at": first[0] if first else now})
        if len(owners) < SHOPS_AT_A_TIME:
            return
        after = owners[-1]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("stock", "0032_valid_sold_category"), ("users", "0036_owed_from")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
