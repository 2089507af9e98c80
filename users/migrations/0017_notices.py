from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0016_validate_key_events")]

    operations = [
        migrations.AddField(
            "user",
            "notices",
            models.CharField(
                choices=[("off", "Off"), ("daily", "Daily")], db_default="off", default="off", max_length=5
            ),
        ),
        AddConstraintNotValid(
            "user",
            models.CheckConstraint(condition=models.Q(notices__in=["off", "daily"]), name="users_user_notices"),
        ),
    ]
