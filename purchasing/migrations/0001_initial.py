from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.database.constraints
import core.ownership

# Deliveries never change, like the rows of the ledger. The triggers allow TRUNCATE in test databases (test_…).
TRIGGERS = [
    """
    CREATE TRIGGER purchasing_receipt_immutable BEFORE UPDATE OR DELETE ON purchasing_receipt
        FOR EACH ROW EXECUTE FUNCTION stock_refuse_change()
    """,
    """
    CREATE TRIGGER purchasing_receipt_not_emptied BEFORE TRUNCATE ON purchasing_receipt
        FOR EACH STATEMENT WHEN (current_database() NOT LIKE 'test\\_%')
        EXECUTE FUNCTION stock_refuse_change()
    """,
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("products", "0001_initial"),
        ("stock", "0001_initial"),
        ("suppliers", "0001_initial"),
        ("users", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("mail_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "supplier",
                    core.ownership.OwnedKey(
                        null=True, on_delete=core.ownership.unlink, related_name="orders", to="suppliers.supplier"
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("mail_due_at", models.DateTimeField(null=True)),
                ("mailed_at", models.DateTimeField(null=True)),
                ("expected_on", models.DateField(null=True)),
                ("supplier_name", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("sent", "Sent"), ("closed", "Closed")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("made_by_username", models.CharField(max_length=255)),
                ("mail_to", models.EmailField(blank=True, max_length=254)),
                ("mail_error", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "purchase order",
                "indexes": [
                    models.Index(fields=["owner", "state", "id"], name="purchasing_order_by_state"),
                    models.Index(fields=["owner", "supplier", "id"], name="purchasing_order_by_supplier"),
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["owner", "reference", "id"],
                        name="purchasing_order_by_reference",
                    ),
                    models.Index(
                        condition=models.Q(("mail_due_at__isnull", False)),
                        fields=["owner", "mail_due_at"],
                        name="purchasing_order_to_mail",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="purchasing_order_owner_row"),
                    core.database.constraints.OwnedForeignKey(field="supplier", name="purchasing_order_supplier"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "sent", "closed"])), name="purchasing_order_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state__in", ["sent", "closed"])),
                            models.Q(
                                models.Q(("state__in", ["sent", "closed"]), _negated=True), ("sent_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="purchasing_order_sent_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("state__in", ["closed"])),
                            models.Q(models.Q(("state__in", ["closed"]), _negated=True), ("closed_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="purchasing_order_closed_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("mail_due_at__isnull", True), ("mailed_at__isnull", True)),
                            models.Q(
                                models.Q(("mail_to", ""), _negated=True),
                                models.Q(("mail_due_at__isnull", True), ("mailed_at__isnull", True), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="purchasing_order_mail",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                ("order", core.ownership.OwnedKey(related_name="lines", to="purchasing.order")),
                ("product", core.ownership.OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("unit_cost", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
            ],
            options={
                "verbose_name": "line of an order",
                "verbose_name_plural": "lines of orders",
                "indexes": [models.Index(fields=["owner", "product"], name="purchasing_lines_by_product")],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="purchasing_orderline_owner_row"),
                    core.database.constraints.OwnedForeignKey(field="order", name="purchasing_orderline_order"),
                    core.database.constraints.OwnedForeignKey(field="product", name="purchasing_orderline_product"),
                    models.UniqueConstraint(fields=("owner", "order", "product"), name="purchasing_orderline_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="purchasing_orderline_quantity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_cost__gte", 0), ("unit_cost__lte", Decimal("9999999999.99"))),
                        name="purchasing_orderline_unit_cost",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", core.ownership.OwnerKey()),
                ("order", core.ownership.OwnedKey(related_name="receipts", to="purchasing.order")),
                ("operation", core.ownership.OwnedKey(related_name="+", to="stock.operation")),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "order", "id"], name="purchasing_receipt_by_order")],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="purchasing_receipt_owner_row"),
                    core.database.constraints.OwnedForeignKey(field="order", name="purchasing_receipt_order"),
                    core.database.constraints.OwnedForeignKey(field="operation", name="purchasing_receipt_operation"),
                    models.UniqueConstraint(fields=("owner", "operation"), name="purchasing_receipt_once"),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
