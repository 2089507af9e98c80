from django.db import migrations, models

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("ready", "Ready"), ("failed", "Failed")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("size", models.BigIntegerField(help_text="The bytes of the file.", null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "expires_at",
                    models.DateTimeField(help_text="When it is deleted with its file.", null=True),
                ),
                ("as_of", models.DateTimeField(help_text="The instant of the inventory.")),
                (
                    "start",
                    models.DateTimeField(help_text="The start of the account; by default everything.", null=True),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[("occurred", "Occurred"), ("recorded", "Recorded")],
                        default="occurred",
                        max_length=8,
                    ),
                ),
                (
                    "recorded_until",
                    models.DateTimeField(help_text="What was recorded later is not in the pack."),
                ),
                (
                    "language",
                    models.CharField(default="en", help_text="The language of the texts in the pack.", max_length=5),
                ),
                (
                    "sha256",
                    models.CharField(help_text="The digest of the file.", max_length=64, null=True),
                ),
                ("owner", OwnerKey()),
            ],
            options={
                "verbose_name": "pack of the year's end",
                "verbose_name_plural": "packs of the year's end",
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="evidence_pack_owner_row"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("owner",), name="evidence_pack_running"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at", None), ("state", "waiting")),
                            models.Q(("expires_at__isnull", False), ("state__in", ["ready", "failed"])),
                            _connector="OR",
                        ),
                        name="evidence_pack_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("start", None), ("start__lte", models.F("as_of")), _connector="OR"),
                        name="evidence_pack_from",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("clock__in", ["occurred", "recorded"])), name="evidence_pack_clock"
                    ),
                ],
            },
        ),
    ]
