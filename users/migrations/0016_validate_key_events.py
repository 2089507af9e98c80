from django.db import migrations

VALIDATE = "ALTER TABLE users_securityevent VALIDATE CONSTRAINT users_securityevent_kind"


class Migration(migrations.Migration):
    dependencies = [("users", "0015_key_events")]

    operations = [migrations.RunSQL(VALIDATE, migrations.RunSQL.noop)]
