from django.db import migrations

OWNERS = "SELECT DISTINCT owner_id FROM tills_till ORDER BY 1"
# Sets the till of the performers whose names end like that of a till's key, if a device of this user has had this key.
# If the shop has moved, the id in the name is that of the till before: seals and closings have the shifts of all moves.
# Without closings, their table may be missing. The keys of an erased user have lost their names. The demo's till has a
# key that is no device's.
FILL = """
WITH device AS MATERIALIZED (
    SELECT key.user_id, key.name, key.prefix, key.is_device, person.erased_at IS NOT NULL AS is_erased
    FROM users_apikey AS key JOIN users_user AS person ON person.id = key.user_id
    WHERE person.id = %(owner)s OR person.employer_id = %(owner)s
), move (shift) AS (
    SELECT 0 UNION SELECT shift FROM stock_seal WHERE owner_id = %(owner)s
    {closings}
)
UPDATE stock_performer AS performer SET till = found.till
FROM (
    SELECT named.id, max(till.id) AS till
    FROM stock_performer AS named
    JOIN tills_till AS till ON till.owner_id = %(owner)s
    JOIN move ON till.id = substring(named.name FROM '/till ([1-9][0-9]{{0,17}})$')::bigint + move.shift
    JOIN device ON device.user_id = named.user_id AND (device.is_device OR device.prefix = till.key_prefix)
        AND (device.name = substring(named.name FROM '[^/]*$') OR device.is_erased)
    WHERE named.owner_id = %(owner)s AND named.till IS NULL
    GROUP BY named.id
) AS found
WHERE performer.owner_id = %(owner)s AND performer.id = found.id
"""
HAS_CLOSINGS = "SELECT to_regclass('closings_closing') IS NOT NULL"
OF_CLOSINGS = "UNION SELECT shift FROM closings_closing WHERE owner_id = %(owner)s"


def fill_tills(apps, schema_editor):
    """Set the tills of the performers of each shop with tills, in a transaction of its own."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(HAS_CLOSINGS)
        [[has_closings]] = cursor.fetchall()
        statement = FILL.format(closings=OF_CLOSINGS if has_closings else "")
        cursor.execute(OWNERS)
        for (owner_id,) in cursor.fetchall():
            cursor.execute(statement, {"owner": owner_id})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("stock", "0024_tills_of_performers"),
        ("tills", "0002_unproven_numbers"),
        ("users", "0009_erased_at"),
    ]

    operations = [migrations.RunPython(fill_tills, migrations.RunPython.noop)]
