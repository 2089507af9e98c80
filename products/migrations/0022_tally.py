from typing import Any

from django.conf import settings
from django.db import migrations, models

import core.ownership
from core.database.citus import tables

# The schema and the search path are fixed, so that no other table or operator can take the place of those that the
# functions read. While a closed shop is removed, its rows of the tally are removed with its products, also by release
# 1.3.0, which does not know the table.
OF_STATEMENT = """
CREATE FUNCTION products_tally_rows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closing bigint := nullif(current_setting('inventory.closing_account', true), '')::bigint;
BEGIN
    EXECUTE format(
        'INSERT INTO %I.products_tally (owner_id, delta, is_first)
        SELECT owner_id, $1 * count(*), false FROM changed
        WHERE archived_at IS NULL AND owner_id IS DISTINCT FROM $2 GROUP BY owner_id',
        TG_TABLE_SCHEMA
    ) USING TG_ARGV[0]::bigint, closing;
    IF TG_OP = 'DELETE' AND closing IS NOT NULL THEN
        EXECUTE format('DELETE FROM %I.products_tally WHERE owner_id = $1', TG_TABLE_SCHEMA) USING closing;
    END IF;
    RETURN NULL;
END
$$
"""
OF_ROW = """
CREATE FUNCTION products_tally_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO %I.products_tally (owner_id, delta, is_first)
        SELECT owner_id, delta, false FROM (VALUES ($1, -1, $2), ($3, 1, $4)) AS changed (owner_id, delta, archived_at)
        WHERE archived_at IS NULL',
        TG_TABLE_SCHEMA
    ) USING OLD.owner_id, OLD.archived_at, NEW.owner_id, NEW.archived_at;
    RETURN NULL;
END
$$
"""
# A statement that inserts or deletes many products adds one row for each shop. For updates, a trigger of statements
# can't have a list of columns: it would run, and keep both versions of each row, for every booking.
TRIGGERS = [
    """
    CREATE TRIGGER products_product_tally_inserted AFTER INSERT ON products_product
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION products_tally_rows('1')
    """,
    """
    CREATE TRIGGER products_product_tally_deleted AFTER DELETE ON products_product
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION products_tally_rows('-1')
    """,
    """
    CREATE TRIGGER products_product_tally_updated AFTER UPDATE OF archived_at, owner_id ON products_product
        FOR EACH ROW WHEN (
            (OLD.archived_at IS NULL) <> (NEW.archived_at IS NULL) OR OLD.owner_id <> NEW.owner_id
        )
        EXECUTE FUNCTION products_tally_row()
    """,
]


class RunUnlessDistributed(migrations.RunSQL):
    """Does nothing if Citus has distributed the products: docs/decisions/0072-the-number-of-products-is-a-tally.md."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not schema_editor.collect_sql:
            with schema_editor.connection.cursor() as cursor:
                if tables.has_citus(cursor) and tables.is_distributed(cursor, "products_product"):
                    return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("products", "0021_offers"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("delta", models.IntegerField(editable=False)),
                (
                    "is_first",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Whether the other rows are added to it.",
                    ),
                ),
                ("owner", core.ownership.OwnerKey()),
            ],
            options={
                "verbose_name_plural": "tallies",
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["owner"], condition=models.Q(("is_first", False)), name="products_tally_changed"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="products_tally_owner_row"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_first", True)), fields=("owner",), name="products_tally_first"
                    ),
                ],
            },
        ),
        migrations.RunSQL([OF_STATEMENT], "DROP FUNCTION products_tally_rows() CASCADE"),
        migrations.RunSQL([OF_ROW], "DROP FUNCTION products_tally_row() CASCADE"),
        # CREATE TRIGGER waits for the transactions that have written products, and later ones run the triggers.
        RunUnlessDistributed(TRIGGERS, migrations.RunSQL.noop),
    ]
