from django.db import migrations, models

from core.ownership import OwnerKey
from records.history.models import Kind, Via


class Migration(migrations.Migration):
    initial = True

    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey(db_constraint=False)),
                ("kind", models.CharField(choices=Kind, max_length=8)),
                (
                    "row_id",
                    models.BigIntegerField(
                        help_text="Id of the product, supplier, category or user; of the owner for a shop."
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.BigIntegerField(help_text="Id of the user; empty for a command.", null=True)),
                ("via", models.CharField(choices=Via, max_length=7)),
                ("changes", models.JSONField()),
                ("is_cost", models.BooleanField(help_text="Whether all changed fields are costs.")),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "kind", "row_id", "id"], name="history_change_by_row")],
                "constraints": [models.UniqueConstraint(fields=["owner", "id"], name="history_change_owner_row")],
                "abstract": False,
            },
        )
    ]
