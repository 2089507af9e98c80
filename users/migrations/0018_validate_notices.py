from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY, which does not block writes, can't run in a transaction

    dependencies = [("users", "0017_notices")]

    operations = [
        ValidateConstraint("user", "users_user_notices"),
        AddIndexConcurrently(
            "user",
            models.Index(fields=["id"], condition=models.Q(notices="daily"), name="users_user_daily_notices"),
        ),
    ]
