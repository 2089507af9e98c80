from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index, Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0012_closes_at")]

    operations = [
        AddIndexConcurrently(
            "user", Index(fields=["closes_at"], condition=Q(closes_at__isnull=False), name="users_user_closing")
        ),
    ]
