from django.db import migrations, models

# Release 1.3.0, which may run beside this one, leaves `till` out when it inserts a performer. The row then has the
# default, 0, and the trigger looks for the till: it is that of a live key of a device, never that of another key with
# such a name. The schema and the search path are fixed, so that no other table or operator can take the place of those
# that the function reads.
FUNCTION = """
CREATE FUNCTION stock_find_till() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.till := NULL;
    IF NEW.name ~ '/till [1-9][0-9]{0,17}$' THEN
        EXECUTE format(
            'SELECT max(substr(name, 6)::bigint) FROM %I.users_apikey
            WHERE user_id = $1 AND is_device AND revoked_at IS NULL AND name = substring($2 FROM ''[^/]*$'')',
            TG_TABLE_SCHEMA
        ) INTO NEW.till USING NEW.user_id, NEW.name;
    END IF;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE TRIGGER stock_performer_till BEFORE INSERT ON stock_performer
    FOR EACH ROW WHEN (NEW.till = 0) EXECUTE FUNCTION stock_find_till()
"""
# As in 0001_initial.py, but the till of a row that has none may be set. No other column may change in the same UPDATE.
IMMUTABLE = """
CREATE TRIGGER stock_performer_settled BEFORE UPDATE ON stock_performer
    FOR EACH ROW WHEN (
        (OLD.id, OLD.owner_id, OLD.user_id, OLD.digest) <> (NEW.id, NEW.owner_id, NEW.user_id, NEW.digest)
        OR CASE WHEN OLD.till IS NOT DISTINCT FROM NEW.till THEN OLD.salt IS NULL OR NEW.salt IS NOT NULL
            ELSE OLD.till > 0 IS TRUE OR (OLD.name, OLD.salt) IS DISTINCT FROM (NEW.name, NEW.salt) END
    )
    EXECUTE FUNCTION stock_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0023_returned_movements"), ("users", "0016_keys_of_devices")]

    operations = [
        # The rows that exist get no till yet: the next migration sets it. Only new rows get the default.
        migrations.AddField("performer", "till", models.BigIntegerField(null=True)),
        migrations.AlterField(
            "performer",
            "till",
            models.BigIntegerField(
                null=True,
                db_default=0,
                help_text="The id of a till. A trigger replaces 0, which release 1.3.0 inserts.",
            ),
        ),
        migrations.RunSQL([FUNCTION, TRIGGER], "DROP FUNCTION stock_find_till() CASCADE"),
        migrations.RunSQL(IMMUTABLE, "DROP TRIGGER stock_performer_settled ON stock_performer"),
        migrations.RunSQL("DROP TRIGGER stock_performer_immutable ON stock_performer", migrations.RunSQL.noop),
    ]
