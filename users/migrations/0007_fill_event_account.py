from django.db import connection, migrations
from django.db.models import Max

EVENTS_AT_ONCE = 5000

# An owner acts only in its own account, so what it did to the user happened there. For other events, the user's present
# account is the best guess.
FILL = """
UPDATE users_securityevent AS event
SET account_id = coalesce(
    (SELECT id FROM users_user AS actor WHERE id = event.actor_id AND role = 'owner' AND NOT is_staff),
    CASE person.role WHEN 'owner' THEN person.id ELSE person.employer_id END
)
FROM users_user AS person
WHERE person.id = event.user_id AND event.account_id IS NULL AND event.id > %s AND event.id <= %s
"""
VALIDATE = "ALTER TABLE users_securityevent VALIDATE CONSTRAINT users_securityevent_account_fk"


def fill(apps, schema_editor):
    """Set the account of each event, in transactions of EVENTS_AT_ONCE ids."""
    newest = apps.get_model("users", "SecurityEvent").objects.aggregate(newest=Max("id"))["newest"] or 0
    with connection.cursor() as cursor:
        for first in range(0, newest, EVENTS_AT_ONCE):
            cursor.execute(FILL, [first, first + EVENTS_AT_ONCE])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0006_event_account")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(VALIDATE, migrations.RunSQL.noop),
    ]
