from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index, Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0016_keys_of_devices")]

    operations = [
        AddIndexConcurrently(
            "user", Index(fields=["erased_at"], condition=Q(erased_at__isnull=False), name="users_user_erased")
        ),
    ]
