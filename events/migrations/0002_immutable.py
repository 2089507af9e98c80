"""Triggers that refuse to change or delete events, for every database role. An event gets its position once."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Events are immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'events_immutable';
END
$$
"""

# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it.
TRIGGERS = [
    """
    CREATE TRIGGER events_event_immutable BEFORE UPDATE ON events_event FOR EACH ROW
        WHEN (
            OLD.position IS NOT NULL OR NEW.position IS NULL
            OR (OLD.owner_id, OLD.id, OLD.type, OLD.operation, OLD.product, OLD.data, OLD.created_at)
            IS DISTINCT FROM (NEW.owner_id, NEW.id, NEW.type, NEW.operation, NEW.product, NEW.data, NEW.created_at)
        )
        EXECUTE FUNCTION events_refuse_change()
    """,
    """
    CREATE TRIGGER events_event_not_deleted BEFORE DELETE ON events_event
        FOR EACH ROW EXECUTE FUNCTION events_refuse_change()
    """,
    """
    CREATE TRIGGER events_event_not_emptied BEFORE TRUNCATE ON events_event
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION events_refuse_change()
    """,
]
DROP_TRIGGERS = [
    f"DROP TRIGGER events_event_{name} ON events_event" for name in ("immutable", "not_deleted", "not_emptied")
]


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION events_refuse_change()"),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
