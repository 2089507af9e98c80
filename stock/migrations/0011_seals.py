"""Seals. Triggers refuse to change or delete them, for every database role, like those of 0002_immutable."""

import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import stock.models

# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it.
TRIGGERS = [
    """
    CREATE TRIGGER stock_seal_immutable BEFORE UPDATE OR DELETE ON stock_seal
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_seal_not_emptied BEFORE TRUNCATE ON stock_seal
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
]
DROP_TRIGGERS = [f"DROP TRIGGER stock_seal_{name} ON stock_seal" for name in ("immutable", "not_emptied")]


class Migration(migrations.Migration):
    dependencies = [
        ("stock", "0010_events_of_the_past"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("format", models.SmallIntegerField(help_text="Number of the form of the file's lines.")),
                ("number", models.BigIntegerField(help_text="1, 2, 3 … in the account.")),
                ("from_position", models.BigIntegerField(help_text="First position in the feed.")),
                ("to_position", models.BigIntegerField(help_text="Last position in the feed.")),
                ("operations", models.BigIntegerField(help_text="Number of operations that were sealed.")),
                ("movements", models.BigIntegerField(help_text="Number of movements that were sealed.")),
                ("previous", models.BinaryField(help_text="Digest of the seal before; zeros for the first.")),
                ("digest", models.BinaryField(help_text="SHA-256 of the file.")),
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
                (
                    "sealed_by",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Empty if the service has sealed.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="stock_seal_owner_row"),
                    models.UniqueConstraint(fields=("owner", "number"), name="stock_seal_number"),
                    models.UniqueConstraint(fields=("owner", "to_position"), name="stock_seal_to_position"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="stock_seal_number_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("from_position__gte", 1), ("from_position__lte", models.F("to_position"))),
                        name="stock_seal_positions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("movements__gte", 0), ("operations__gte", 1)), name="stock_seal_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(stock.models.OctetLength("previous"), 32),
                        name="stock_seal_previous",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(stock.models.OctetLength("digest"), 32),
                        name="stock_seal_digest",
                    ),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
