from django.db import migrations

# A text names one user at sign-in: a new user name is not the e-mail address of another user, and a new address not the
# user name of another one. A refusal is that of the unique rule, so that it tells strangers no more than that one does:
# docs/decisions/0018-guessing-limits.md. Names and addresses from before stay. The lock lets two transactions with the
# same text run one after another. The table is named by its id, which on Citus is that of the server's own copy.
FUNCTION = """
CREATE FUNCTION users_refuse_taken_text() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted text;
    is_taken boolean;
BEGIN
    FOR wanted IN
        SELECT DISTINCT lower(text) FROM unnest(ARRAY[NEW.username, NEW.email]::text[]) AS text
        WHERE text LIKE '%@%' ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended('sign-in ' || wanted, 0));
    END LOOP;
    IF NEW.username LIKE '%@%' AND lower(NEW.username) IS DISTINCT FROM lower(OLD.username) THEN
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %s WHERE email <> '''' AND lower(email) = lower($1) AND id <> $2)',
            TG_RELID::regclass
        ) INTO is_taken USING NEW.username, NEW.id;
        IF is_taken THEN
            RAISE 'another user has this address' USING ERRCODE = 'unique_violation', CONSTRAINT = 'users_user_username';
        END IF;
    END IF;
    IF NEW.email <> '' AND lower(NEW.email) IS DISTINCT FROM lower(OLD.email) THEN
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %s WHERE lower(username) = lower($1) AND id <> $2)', TG_RELID::regclass
        ) INTO is_taken USING NEW.email, NEW.id;
        IF is_taken THEN
            RAISE 'another user has this name' USING ERRCODE = 'unique_violation', CONSTRAINT = 'users_user_email';
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""
ON_INSERT = """
CREATE TRIGGER users_user_new_text BEFORE INSERT ON users_user
    FOR EACH ROW WHEN (NEW.username LIKE '%@%' OR NEW.email <> '') EXECUTE FUNCTION users_refuse_taken_text()
"""
ON_UPDATE = """
CREATE TRIGGER users_user_changed_text BEFORE UPDATE OF username, email ON users_user
    FOR EACH ROW WHEN (NEW.username <> OLD.username OR NEW.email <> OLD.email)
    EXECUTE FUNCTION users_refuse_taken_text()
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0017_erased_index")]

    operations = [
        migrations.RunSQL([FUNCTION, ON_INSERT, ON_UPDATE], "DROP FUNCTION users_refuse_taken_text() CASCADE")
    ]
