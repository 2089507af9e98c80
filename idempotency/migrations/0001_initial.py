from django.db import migrations, models

import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                ("created_at", models.DateTimeField()),
                ("status", models.SmallIntegerField()),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="idempotency_idempotencykey_owner_row"),
                    models.UniqueConstraint(fields=("owner", "key"), name="idempotency_idempotencykey_key"),
                ]
            },
        )
    ]
