from typing import Any

from django.db import migrations

# As BEGIN in products/models/tallies.py. The triggers have been committed before, so whatever this statement does not
# see adds a row of its own. It takes no lock that a writer of products waits for.
BEGIN = """
INSERT INTO products_tally (owner_id, delta, is_first)
SELECT %(owner)s::bigint, count(*) - coalesce((
    SELECT sum(delta) FROM products_tally WHERE owner_id = %(owner)s::bigint AND NOT is_first
), 0), true
FROM products_product WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL
ON CONFLICT DO NOTHING
"""
HAS_TRIGGER = (
    "SELECT FROM pg_trigger WHERE tgrelid = 'products_product'::regclass AND tgname ~ '^products_product_tally'"
)
OWNERS = """
SELECT id FROM users_user WHERE EXISTS (SELECT 1 FROM products_product WHERE owner_id = users_user.id) ORDER BY id
"""


def begin_tallies(apps: Any, schema_editor: Any) -> None:
    """Insert the first row of each shop with products, each in its own transaction. It can be run again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(HAS_TRIGGER)
        if cursor.fetchone() is None:  # on Citus, where products are counted
            return
        cursor.execute(OWNERS)
        for (owner,) in cursor.fetchall():
            cursor.execute(BEGIN, {"owner": owner})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0022_tally")]

    operations = [migrations.RunPython(begin_tallies, migrations.RunPython.noop)]
