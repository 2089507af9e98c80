"""Holdings and portions. Triggers refuse to change or delete portions, like those of 0002_immutable."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import core.constraints
import core.ownership

# The triggers allow TRUNCATE in test databases (test_…), because the test runner empties tables with it.
TRIGGERS = [
    """
    CREATE TRIGGER stock_portion_immutable BEFORE UPDATE OR DELETE ON stock_portion
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER stock_portion_not_emptied BEFORE TRUNCATE ON stock_portion
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
]
DROP_TRIGGERS = [f"DROP TRIGGER stock_portion_{name} ON stock_portion" for name in ("immutable", "not_emptied")]


class Migration(migrations.Migration):
    dependencies = [
        ("places", "0001_initial"),
        ("products", "0005_validate_held"),
        ("stock", "0011_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.BigIntegerField()),
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
                        related_name="holdings",
                        to="products.product",
                    ),
                ),
                (
                    "location",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="places.location",
                    ),
                ),
                (
                    "lot",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="places.lot",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("location__isnull", False)),
                        fields=["owner", "location"],
                        name="stock_holding_by_location",
                    ),
                    models.Index(
                        condition=models.Q(("lot__isnull", False)), fields=["owner", "lot"], name="stock_holding_by_lot"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="stock_holding_owner_row"),
                    core.constraints.OwnedForeignKey(
                        field="product",
                        name="stock_holding_product",
                        violation_error_message="This row does not exist.",
                    ),
                    core.constraints.OwnedForeignKey(
                        field="location",
                        name="stock_holding_location",
                        violation_error_message="This row does not exist.",
                    ),
                    core.constraints.OwnedForeignKey(
                        field="lot",
                        name="stock_holding_lot",
                        shared=("product",),
                        violation_error_message="This row does not exist.",
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "product", "location", "lot"), name="stock_holding_place", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("location__isnull", False), ("lot__isnull", False), _connector="OR"),
                        name="stock_holding_has_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="stock_holding_quantity",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Portion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.BigIntegerField()),
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
                    "movement",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placed",
                        to="stock.movement",
                    ),
                ),
                (
                    "product",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="products.product",
                    ),
                ),
                (
                    "location",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portions",
                        to="places.location",
                    ),
                ),
                (
                    "lot",
                    core.ownership.OwnedKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="portions",
                        to="places.lot",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("lot__isnull", False)),
                        fields=["owner", "lot", "id"],
                        name="stock_portion_by_lot",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="stock_portion_owner_row"),
                    core.constraints.OwnedForeignKey(
                        field="movement",
                        name="stock_portion_movement",
                        violation_error_message="This row does not exist.",
                    ),
                    core.constraints.OwnedForeignKey(
                        field="product",
                        name="stock_portion_product",
                        violation_error_message="This row does not exist.",
                    ),
                    core.constraints.OwnedForeignKey(
                        field="location",
                        name="stock_portion_location",
                        violation_error_message="This row does not exist.",
                    ),
                    core.constraints.OwnedForeignKey(
                        field="lot",
                        name="stock_portion_lot",
                        shared=("product",),
                        violation_error_message="This row does not exist.",
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "movement", "location", "lot"),
                        name="stock_portion_place",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("location__isnull", False), ("lot__isnull", False), _connector="OR"),
                        name="stock_portion_has_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="stock_portion_quantity",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="operation",
            name="stock_operation_reason",
        ),
        migrations.AlterField(
            model_name="operation",
            name="reason",
            field=models.CharField(
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
                    ("transfer", "Transfer"),
                ],
                max_length=10,
            ),
        ),
        AddConstraintNotValid(
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
                            "transfer",
                        ],
                    )
                ),
                name="stock_operation_reason",
            ),
        ),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
