from django.db import migrations

from core.texts.cleaning import remove_invisible

LOTS = "SELECT owner_id, id, code FROM stock_lot WHERE octet_length(code) > char_length(code) ORDER BY id"
# A product that has two lots with the same visible code keeps both: the id tells them apart.
RENAME = """
UPDATE stock_lot AS lot SET code = CASE WHEN EXISTS (
    SELECT FROM stock_lot AS other
    WHERE other.owner_id = lot.owner_id AND other.product_id = lot.product_id AND lower(other.code) = lower(%(code)s)
) THEN left(%(code)s, 40) || ' (' || lot.id::text || ')' ELSE %(code)s END
WHERE lot.owner_id = %(owner)s AND lot.id = %(id)s
"""


def remove_invisible_letters(apps, schema_editor):
    """Remove the invisible characters of codes of lots: requests are read without them, and would not find these."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LOTS)
        for owner_id, pk, code in cursor.fetchall():
            visible = remove_invisible(code).strip()
            if visible and visible != code:
                cursor.execute(RENAME, {"owner": owner_id, "id": pk, "code": visible})


class Migration(migrations.Migration):
    dependencies = [("stock", "0019_erased_tills")]

    operations = [migrations.RunPython(remove_invisible_letters, migrations.RunPython.noop)]
