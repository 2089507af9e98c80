from django.db import migrations, models
from django.db.models import UniqueConstraint

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("created_at", models.DateTimeField()),
                ("status", models.SmallIntegerField()),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="idempotency_idempotencykey_owner_row"),
                    UniqueConstraint(fields=("owner", "key"), name="idempotency_idempotencykey_key"),
                ]
            },
        )
    ]
