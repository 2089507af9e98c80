import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import core.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.CharField(max_length=1000, verbose_name="URL")),
                (
                    "types",
                    models.JSONField(blank=True, default=list, help_text="The types of events to send. Empty: all."),
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
                (
                    "position",
                    models.BigIntegerField(help_text="The position of the last event that was sent or passed over."),
                ),
                ("secret", models.CharField(max_length=64)),
                ("previous_secret", models.CharField(blank=True, default="", max_length=64)),
                (
                    "previous_until",
                    models.DateTimeField(help_text="Until then the previous secret signs, too.", null=True),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, help_text="Failed attempts of the event after `position`."),
                ),
                (
                    "refusals",
                    models.PositiveIntegerField(
                        default=0, help_text="Those of them that were answered with a final 4xx."
                    ),
                ),
                ("last_status", models.SmallIntegerField(null=True)),
                ("last_attempt_at", models.DateTimeField(null=True)),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": (("switch_off_webhook", "Can switch off webhook"),),
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "on")),
                        fields=["owner", "next_attempt_at"],
                        name="webhooks_webhook_on",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="webhooks_webhook_owner_row"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("off_reason", ""), ("state", "on")),
                            models.Q(
                                ("off_reason__in", ["switched_off", "support", "gone", "unreachable", "restored"]),
                                ("state", "off"),
                            ),
                            _connector="OR",
                        ),
                        name="webhooks_webhook_off_reason",
                    ),
                    models.CheckConstraint(condition=models.Q(("position__gte", 0)), name="webhooks_webhook_position"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("type", models.CharField(max_length=64)),
                ("status", models.SmallIntegerField(null=True)),
                ("ms", models.PositiveIntegerField(help_text="How long it took, in milliseconds.")),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                (
                    "dead",
                    models.BooleanField(default=False, help_text="The event was given up, and the next one was sent."),
                ),
                (
                    "answer",
                    models.TextField(blank=True, default="", help_text="The first 1,024 bytes of the answer, as text."),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "webhook",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="attempts",
                        to="webhooks.webhook",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["owner", "webhook", "-id"], name="webhooks_attempt_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="webhooks_attempt_owner_row"),
                    core.constraints.OwnedForeignKey(field="webhook", name="webhooks_attempt_webhook"),
                ],
            },
        ),
    ]
