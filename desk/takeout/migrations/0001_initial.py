from django.db import migrations, models

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
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
                ("expires_at", models.DateTimeField(help_text="When the export is deleted with its file.", null=True)),
                ("owner", OwnerKey()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="takeout_export_owner_row"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("owner",), name="takeout_export_running"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at", None), ("state", "waiting")),
                            models.Q(("expires_at__isnull", False), ("state__in", ["ready", "failed"])),
                            _connector="OR",
                        ),
                        name="takeout_export_state",
                    ),
                ],
            },
        ),
    ]
