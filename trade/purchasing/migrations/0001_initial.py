from decimal import Decimal

from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey, unlink

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
                ("owner", OwnerKey()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("mail_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "supplier",
                    OwnedKey(null=True, on_delete=unlink, related_name="orders", to="suppliers.supplier"),
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
                    Index(fields=["owner", "state", "id"], name="purchasing_order_by_state"),
                    Index(fields=["owner", "supplier", "id"], name="purchasing_order_by_supplier"),
                    Index(
                        condition=Q(("reference", ""), _negated=True),
                        fields=["owner", "reference", "id"],
                        name="purchasing_order_by_reference",
                    ),
                    Index(
                        condition=Q(mail_due_at__isnull=False),
                        fields=["owner", "mail_due_at"],
                        name="purchasing_order_to_mail",
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="purchasing_order_owner_row"),
                    OwnedForeignKey(field="supplier", name="purchasing_order_supplier"),
                    CheckConstraint(condition=Q(state__in=["draft", "sent", "closed"]), name="purchasing_order_state"),
                    CheckConstraint(
                        condition=Q(
                            Q(("sent_at__isnull", False), ("state__in", ["sent", "closed"])),
                            Q(Q(("state__in", ["sent", "closed"]), _negated=True), ("sent_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="purchasing_order_sent_at",
                    ),
                    CheckConstraint(
                        condition=Q(
                            Q(("closed_at__isnull", False), ("state__in", ["closed"])),
                            Q(Q(("state__in", ["closed"]), _negated=True), ("closed_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="purchasing_order_closed_at",
                    ),
                    CheckConstraint(
                        condition=Q(
                            Q(("mail_due_at__isnull", True), ("mailed_at__isnull", True)),
                            Q(
                                Q(("mail_to", ""), _negated=True),
                                Q(("mail_due_at__isnull", True), ("mailed_at__isnull", True), _connector="OR"),
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
                ("owner", OwnerKey()),
                ("order", OwnedKey(related_name="lines", to="purchasing.order")),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField()),
                ("unit_cost", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
            ],
            options={
                "verbose_name": "line of an order",
                "verbose_name_plural": "lines of orders",
                "indexes": [Index(fields=["owner", "product"], name="purchasing_lines_by_product")],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="purchasing_orderline_owner_row"),
                    OwnedForeignKey(field="order", name="purchasing_orderline_order"),
                    OwnedForeignKey(field="product", name="purchasing_orderline_product"),
                    UniqueConstraint(fields=("owner", "order", "product"), name="purchasing_orderline_once"),
                    CheckConstraint(condition=Q(quantity__range=(1, 1000000000)), name="purchasing_orderline_quantity"),
                    CheckConstraint(
                        condition=Q(unit_cost__range=(0, Decimal("9999999999.99"))),
                        name="purchasing_orderline_unit_cost",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("order", OwnedKey(related_name="receipts", to="purchasing.order")),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
            ],
            options={
                "indexes": [Index(fields=["owner", "order", "id"], name="purchasing_receipt_by_order")],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="purchasing_receipt_owner_row"),
                    OwnedForeignKey(field="order", name="purchasing_receipt_order"),
                    OwnedForeignKey(field="operation", name="purchasing_receipt_operation"),
                    UniqueConstraint(fields=("owner", "operation"), name="purchasing_receipt_once"),
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
