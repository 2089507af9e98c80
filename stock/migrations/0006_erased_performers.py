from django.db import migrations

# A request that has read a user's name may book after the user was erased. Then the row that it inserts for the name is
# one of an erased name, as Performer.forget() leaves them: docs/decisions/0032-seals.md. The schema and the search path
# are fixed, so that no other table or operator can take the place of those that the function reads.
FUNCTION = """
CREATE FUNCTION stock_erase_late_name() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    new_name text;
BEGIN
    EXECUTE format('SELECT username FROM %I.users_user WHERE id = $1 AND erased_at IS NOT NULL', TG_TABLE_SCHEMA)
        INTO new_name USING NEW.user_id;
    IF new_name IS NOT NULL THEN
        NEW.name := new_name;
        NEW.salt := NULL;
    END IF;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE TRIGGER stock_performer_late BEFORE INSERT ON stock_performer
    FOR EACH ROW WHEN (NEW.salt IS NOT NULL) EXECUTE FUNCTION stock_erase_late_name()
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0005_implied_owners"), ("users", "0009_erased_at")]

    operations = [migrations.RunSQL([FUNCTION, TRIGGER], "DROP FUNCTION stock_erase_late_name() CASCADE")]
