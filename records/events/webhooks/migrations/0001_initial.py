from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Now

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

# Permissions and log entries name the content types, so they stay.
RENAME = """
UPDATE django_content_type SET app_label = '{}' WHERE app_label = '{}' AND model IN ('webhook', 'deliveryattempt')
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("events", "0007_webhooks_and_notices_leave"),
        ("users", "0001_initial"),
    ]

    # The app `events` has created the tables.
    operations = [
        migrations.RunSQL(RENAME.format("webhooks", "events"), RENAME.format("events", "webhooks")),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Webhook",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("owner", OwnerKey()),
                        (
                            "position",
                            models.BigIntegerField(
                                help_text="The position of the last event that was sent or passed over."
                            ),
                        ),
                        ("next_attempt_at", models.DateTimeField(db_default=Now())),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "failures",
                            models.PositiveIntegerField(
                                default=0, help_text="Failed attempts of the event after `position`."
                            ),
                        ),
                        (
                            "refusals",
                            models.PositiveIntegerField(
                                default=0, help_text="Those of them that were answered with a final 4xx."
                            ),
                        ),
                        (
                            "previous_until",
                            models.DateTimeField(help_text="Until then the previous secret signs, too.", null=True),
                        ),
                        ("last_attempt_at", models.DateTimeField(null=True)),
                        ("slow_at", models.DateTimeField(help_text="The last attempt that was slow.", null=True)),
                        ("leased_until", models.DateTimeField(null=True)),
                        ("last_status", models.SmallIntegerField(null=True)),
                        ("lease", models.UUIDField(null=True)),
                        ("url", models.CharField(max_length=1000, verbose_name="URL")),
                        (
                            "types",
                            models.JSONField(
                                blank=True, default=list, help_text="The types of events to send. Empty: all."
                            ),
                        ),
                        ("state", models.CharField(choices=[("on", "On"), ("off", "Off")], default="on", max_length=3)),
                        (
                            "off_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("switched_off", "Switched Off"),
                                    ("support", "Support"),
                                    ("gone", "Gone"),
                                    ("unreachable", "Unreachable"),
                                    ("restored", "Restored"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        ("secret", models.CharField(max_length=64)),
                        ("previous_secret", models.CharField(blank=True, default="", max_length=64)),
                    ],
                    options={
                        "db_table": "events_webhook",
                        "permissions": (("switch_off_webhook", "Can switch off webhook"),),
                        "indexes": [
                            Index(
                                condition=Q(state="on"), fields=["owner", "next_attempt_at"], name="events_webhook_on"
                            )
                        ],
                        "constraints": [
                            UniqueConstraint(fields=("owner", "id"), name="events_webhook_owner_row"),
                            CheckConstraint(
                                condition=Q(
                                    Q(("off_reason", ""), ("state", "on")),
                                    Q(
                                        (
                                            "off_reason__in",
                                            ["switched_off", "support", "gone", "unreachable", "restored"],
                                        ),
                                        ("state", "off"),
                                    ),
                                    _connector="OR",
                                ),
                                name="events_webhook_off_reason",
                            ),
                            CheckConstraint(condition=Q(position__gte=0), name="events_webhook_position"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeliveryAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("owner", OwnerKey()),
                        (
                            "webhook",
                            OwnedKey(on_delete=models.DO_NOTHING, related_name="attempts", to="webhooks.webhook"),
                        ),
                        ("position", models.BigIntegerField()),
                        ("at", models.DateTimeField(db_default=Now())),
                        ("ms", models.PositiveIntegerField(help_text="How long it took, in milliseconds.")),
                        (
                            "dead",
                            models.BooleanField(
                                default=False, help_text="The event was given up, and the next one was sent."
                            ),
                        ),
                        ("status", models.SmallIntegerField(null=True)),
                        ("type", models.CharField(max_length=64)),
                        ("error", models.CharField(blank=True, default="", max_length=200)),
                        (
                            "answer",
                            models.TextField(
                                blank=True, default="", help_text="The first 1,024 bytes of the answer, as text."
                            ),
                        ),
                    ],
                    options={
                        "db_table": "events_deliveryattempt",
                        "indexes": [Index(fields=["owner", "webhook", "-id"], name="events_deliveryattempt_newest")],
                        "constraints": [
                            UniqueConstraint(fields=("owner", "id"), name="events_deliveryattempt_owner_row"),
                            OwnedForeignKey(field="webhook", name="events_deliveryattempt_webhook"),
                        ],
                    },
                ),
            ]
        ),
    ]
