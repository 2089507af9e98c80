from django.db import migrations

# As 0006_erased_performers.py, but the end of the name that tells the till stays, as in Performer.forget().
FUNCTION = """
CREATE OR REPLACE FUNCTION stock_erase_late_name() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_name text;
BEGIN
    EXECUTE format('SELECT username FROM %I.users_user WHERE id = $1 AND erased_at IS NOT NULL', TG_TABLE_SCHEMA)
        INTO new_name USING NEW.user_id;
    IF new_name IS NOT NULL THEN
        NEW.name := new_name || coalesce(substring(NEW.name FROM '/till [0-9]{1,18}$'), '');
        NEW.salt := NULL;
    END IF;
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0018_sold")]

    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
