from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0007_fill_event_account")]

    operations = [
        AddIndexConcurrently(
            "securityevent", models.Index(fields=["account", "id"], name="users_securityevent_account")
        ),
    ]
