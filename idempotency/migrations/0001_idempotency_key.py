import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def move_content_type(apps, schema_editor):
    """Keep the permissions and log entries of the support desk."""
    rows = apps.get_model("contenttypes", "ContentType").objects.filter(model="idempotencykey")
    if not rows.filter(app_label="idempotency").exists():
        rows.filter(app_label="stock").update(app_label="idempotency")


def move_content_type_back(apps, schema_editor):
    rows = apps.get_model("contenttypes", "ContentType").objects.filter(model="idempotencykey")
    if not rows.filter(app_label="stock").exists():
        rows.filter(app_label="idempotency").update(app_label="stock")


class Migration(migrations.Migration):
    """Move the model from the app `stock` to an app of its own. The table stays as it is."""

    initial = True

    dependencies = [
        ("stock", "0006_late_operations"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=255)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("status", models.SmallIntegerField()),
                        ("body", models.BinaryField()),
                        ("created_at", models.DateTimeField()),
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
                        "db_table": "stock_idempotencykey",
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "id"), name="stock_idempotencykey_owner_row"),
                            models.UniqueConstraint(fields=("owner", "key"), name="stock_idempotencykey_key"),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(move_content_type, move_content_type_back),
    ]
