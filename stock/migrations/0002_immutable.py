"""Triggers that refuse to change or delete operations and movements, for every database role."""

from django.db import migrations

TABLES = ("stock_operation", "stock_movement")

FUNCTION = """
CREATE FUNCTION stock_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'stock_immutable';
END
$$
"""
DROP_FUNCTION = "DROP FUNCTION stock_refuse_change()"

# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it.
TRIGGERS = (
    """
    CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
)
DROP_TRIGGERS = ("DROP TRIGGER {table}_immutable ON {table}", "DROP TRIGGER {table}_not_emptied ON {table}")


def format_all(statements, table):
    return [statement.format(table=table) for statement in statements]


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        *(migrations.RunSQL(format_all(TRIGGERS, t), format_all(DROP_TRIGGERS, t)) for t in TABLES),
    ]
