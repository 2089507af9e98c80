from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Lower, LPad

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey, unlink

# A booking changes no indexed column. If the new version of the row fits on the same page, PostgreSQL writes to none of
# the indexes. So each page has room for a second version of its rows.
FILL_PAGES_BY_HALF = "ALTER TABLE products_product SET (fillfactor = 50)"


class Migration(migrations.Migration):
    initial = True

    dependencies = [("suppliers", "0001_initial"), ("users", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=255)),
            ],
            options={
                "verbose_name_plural": "categories",
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_category_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        name="products_category_name",
                        violation_error_message="You have a category with this name already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("quantity", models.BigIntegerField(default=0, editable=False)),
                ("stock_sequence", models.BigIntegerField(default=0, editable=False)),
                (
                    "held",
                    models.BigIntegerField(
                        db_default=0,
                        default=0,
                        editable=False,
                        help_text="The sum of its holdings: what lies at a place or in a lot.",
                    ),
                ),
                ("min_threshold", models.BigIntegerField(default=5)),
                (
                    "pack_size",
                    models.BigIntegerField(
                        db_default=1, default=1, help_text="The supplier sells whole packs of this quantity."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "code_count",
                    models.SmallIntegerField(
                        db_default=0,
                        default=0,
                        editable=False,
                        help_text="The number of its further codes. products.codes writes it.",
                    ),
                ),
                (
                    "is_low_stock",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            Q(("quantity__lte", F("min_threshold"))), output_field=models.BooleanField()
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "reserved_until",
                    models.DateTimeField(
                        editable=False,
                        help_text="No reservation of it expires later. It may be later than the last one.",
                        null=True,
                    ),
                ),
                (
                    "supplier",
                    OwnedKey(
                        blank=True,
                        null=True,
                        on_delete=unlink,
                        related_name="products",
                        to="suppliers.supplier",
                    ),
                ),
                (
                    "category",
                    OwnedKey(
                        blank=True,
                        null=True,
                        on_delete=unlink,
                        related_name="products",
                        to="products.category",
                    ),
                ),
                ("last_counted_at", models.DateTimeField(editable=False, null=True)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("expiration_date", models.DateField(blank=True, null=True)),
                ("price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("cost_price", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                (
                    "stock_value",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        editable=False,
                        help_text="What the stock has cost, by the moving average.",
                        max_digits=22,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True, max_length=10000)),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("barcode", models.CharField(blank=True, max_length=64)),
                ("unit", models.CharField(blank=True, max_length=32)),
                (
                    "supplier_sku",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="supplier's SKU"
                    ),
                ),
            ],
            options={
                "indexes": [
                    Index(fields=["owner", "supplier"], name="products_product_by_supplier"),
                    Index(fields=["owner", "category"], name="products_product_by_category"),
                    Index(
                        condition=Q(("archived_at", None), ("expiration_date__isnull", False)),
                        fields=["owner", "expiration_date", "id"],
                        name="products_product_by_expiry",
                    ),
                    Index(
                        F("owner"),
                        Lower("name"),
                        F("id"),
                        condition=Q(archived_at=None),
                        name="products_product_live_by_name",
                    ),
                    Index(
                        F("owner"),
                        LPad("barcode", Value(14), Value("0")),
                        condition=Q(("archived_at", None), ("barcode__regex", "^([0-9]{8}|[0-9]{12,14})$")),
                        name="products_product_gtin",
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_product_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("sku"),
                        condition=Q(("archived_at", None), Q(("sku", ""), _negated=True)),
                        name="products_product_sku",
                        violation_error_message="You have a product with this sku already.",
                    ),
                    UniqueConstraint(
                        F("owner"),
                        Lower("barcode"),
                        condition=Q(("archived_at", None), Q(("barcode", ""), _negated=True)),
                        name="products_product_barcode",
                        violation_error_message="You have a product with this barcode already.",
                    ),
                    OwnedForeignKey(field="supplier", name="products_product_supplier"),
                    OwnedForeignKey(field="category", name="products_product_category"),
                    CheckConstraint(condition=Q(quantity__range=(0, 1000000000)), name="products_product_quantity"),
                    CheckConstraint(
                        condition=Q(min_threshold__range=(0, 1000000000)), name="products_product_min_threshold"
                    ),
                    CheckConstraint(condition=Q(pack_size__range=(1, 1000000000)), name="products_product_pack_size"),
                    CheckConstraint(
                        condition=Q(price__range=(0, Decimal("9999999999.99"))), name="products_product_price"
                    ),
                    CheckConstraint(
                        condition=Q(cost_price__range=(0, Decimal("9999999999.99"))), name="products_product_cost_price"
                    ),
                    CheckConstraint(condition=Q(stock_sequence__gte=0), name="products_product_stock_sequence"),
                    CheckConstraint(condition=Q(held__range=(0, F("quantity"))), name="products_product_held"),
                    CheckConstraint(condition=Q(code_count__range=(0, 20)), name="products_product_code_count"),
                    CheckConstraint(
                        condition=Q(
                            ("stock_value", 0),
                            Q(
                                ("quantity__gt", 0),
                                ("stock_value__gt", 0),
                                ("stock_value__lte", Decimal("99999999999999999999.99")),
                            ),
                            _connector="OR",
                        ),
                        name="products_product_stock_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField(default=1)),
                ("is_live", models.BooleanField(default=True, editable=False)),
                ("code", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    Index(fields=["owner", "product"], name="products_code_by_product"),
                    Index(
                        F("owner"),
                        LPad("code", Value(14), Value("0")),
                        condition=Q(("code__regex", "^([0-9]{8}|[0-9]{12,14})$"), ("is_live", True)),
                        name="products_code_gtin",
                    ),
                ],
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_code_owner_row"),
                    OwnedForeignKey(field="product", name="products_code_product"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("code"),
                        condition=Q(is_live=True),
                        name="products_code_code",
                        violation_error_message="Another product has this code.",
                    ),
                    CheckConstraint(condition=Q(("code", ""), _negated=True), name="products_code_not_empty"),
                    CheckConstraint(condition=Q(quantity__range=(1, 1000000000)), name="products_code_quantity"),
                ],
            },
        ),
        migrations.RunSQL(FILL_PAGES_BY_HALF, migrations.RunSQL.noop),
    ]
