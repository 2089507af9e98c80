from django.conf import settings
from django.db import migrations, models

# Permissions and log entries name the content type, so they stay.
RENAME = "UPDATE django_content_type SET app_label = '{}' WHERE app_label = '{}' AND model = 'lastnotice'"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("events", "0007_webhooks_and_notices_leave"),
        ("users", "0001_initial"),
    ]

    # The app `events` has created the table.
    operations = [
        migrations.RunSQL(RENAME.format("notices", "events"), RENAME.format("events", "notices")),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="LastNotice",
                    fields=[
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=models.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sent_on",
                            models.DateField(
                                help_text="The day of the last notice, also of one that had nothing to tell."
                            ),
                        ),
                        (
                            "position",
                            models.BigIntegerField(
                                help_text="The events up to this position of the shop's feed have been told."
                            ),
                        ),
                    ],
                    options={"db_table": "events_lastnotice"},
                )
            ]
        ),
    ]
