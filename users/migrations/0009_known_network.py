import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0008_event_account_index")]

    operations = [
        migrations.CreateModel(
            name="KnownNetwork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(max_length=45)),
                (
                    "token_version",
                    models.PositiveIntegerField(
                        help_text="The user's at that time: after a new password it is unknown."
                    ),
                ),
                ("used_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "network"), name="users_knownnetwork_user_network")
                ],
                "indexes": [models.Index(fields=["used_at"], name="users_knownnetwork_used_at")],
            },
        ),
    ]
