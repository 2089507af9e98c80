import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import core.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("products", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Operation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("performed_by_username", models.CharField(max_length=150)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("purchase", "Purchase"),
                            ("sale", "Sale"),
                            ("return", "Return"),
                            ("damage", "Damage"),
                            ("theft", "Theft"),
                            ("expiry", "Expiry"),
                            ("correction", "Correction"),
                            ("other", "Other"),
                            ("opening", "Opening"),
                            ("count", "Count"),
                            ("import", "Import"),
                            ("reversal", "Reversal"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("occurred_at", models.DateTimeField()),
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
                    "performed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reverses",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="stock.operation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product_name", models.CharField(max_length=255)),
                ("sequence", models.BigIntegerField()),
                ("movement_type", models.CharField(choices=[("IN", "In"), ("OUT", "Out")], max_length=3)),
                ("quantity", models.BigIntegerField()),
                ("old_quantity", models.BigIntegerField()),
                ("new_quantity", models.BigIntegerField()),
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
                    "product",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="products.product",
                    ),
                ),
                (
                    "operation",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="stock.operation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["owner", "occurred_at"], name="stock_operation_by_time"),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(fields=("owner", "id"), name="stock_operation_owner_row"),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=core.constraints.OwnedForeignKey(
                field="reverses", name="stock_operation_reverses", violation_error_message="This row does not exist."
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses__isnull", False)),
                fields=("owner", "reverses"),
                name="stock_operation_one_reversal",
                violation_error_code="conflict",
                violation_error_message="This operation has been reversed already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "purchase",
                            "sale",
                            "return",
                            "damage",
                            "theft",
                            "expiry",
                            "correction",
                            "other",
                            "opening",
                            "count",
                            "import",
                            "reversal",
                        ],
                    )
                ),
                name="stock_operation_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(("occurred_at__lte", models.F("created_at"))),
                name="stock_operation_not_in_the_future",
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["owner", "operation"], name="stock_movement_by_operation"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.UniqueConstraint(fields=("owner", "id"), name="stock_movement_owner_row"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=core.constraints.OwnedForeignKey(
                field="operation", name="stock_movement_operation", violation_error_message="This row does not exist."
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=core.constraints.OwnedForeignKey(
                field="product", name="stock_movement_product", violation_error_message="This row does not exist."
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.UniqueConstraint(fields=("owner", "product", "sequence"), name="stock_movement_sequence"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("sequence__gte", 1)), name="stock_movement_sequence_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)), name="stock_movement_quantity"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("old_quantity__gte", 0), ("old_quantity__lte", 1000000000)),
                name="stock_movement_old_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("new_quantity__gte", 0), ("new_quantity__lte", 1000000000)),
                name="stock_movement_new_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("movement_type", "IN"),
                        (
                            "new_quantity",
                            django.db.models.expressions.CombinedExpression(
                                models.F("old_quantity"), "+", models.F("quantity")
                            ),
                        ),
                    ),
                    models.Q(
                        ("movement_type", "OUT"),
                        (
                            "new_quantity",
                            django.db.models.expressions.CombinedExpression(
                                models.F("old_quantity"), "-", models.F("quantity")
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="stock_movement_arithmetic",
            ),
        ),
    ]
