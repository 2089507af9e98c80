from django.db import migrations

# A row can be deleted if the transaction has named its account in the setting, and the account is closed and due:
# docs/decisions/0044-removing-a-shop.md. The schema and the search path are fixed, so that no other table or operator
# can take the place of those that the function reads.
FUNCTION = """
CREATE OR REPLACE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_due boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('inventory.closing_account', true) = OLD.owner_id::text THEN
            EXECUTE format(
                'SELECT NOT is_active AND closes_at <= clock_timestamp() FROM %I.users_user WHERE id = $1',
                TG_TABLE_SCHEMA
            ) INTO is_due USING OLD.owner_id;
            IF is_due THEN
                RETURN OLD;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'Events are immutable: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'events_immutable';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("users", "0012_closes_at")]

    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
