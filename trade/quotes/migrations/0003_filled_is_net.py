from django.db import migrations

SHOPS = "SELECT id, NOT prices_include_tax FROM users_user WHERE role = 'owner' ORDER BY id"
FILL = """
UPDATE quotes_quoteline SET is_net = %s
WHERE owner_id = %s AND is_net IS NULL
"""


def fill(apps, schema_editor):
    """Keep with each price what prices of its shop are now. Each shop has a statement of its own, as Citus needs."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SHOPS)
        for shop, is_net in cursor.fetchall():
            cursor.execute(FILL, [is_net, shop])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("quotes", "0002_is_net"), ("users", "0027_prices_include_tax")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
