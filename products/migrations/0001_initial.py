from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import core.database.constraints
import core.ownership

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
                ("owner", core.ownership.OwnerKey()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=255)),
            ],
            options={
                "verbose_name_plural": "categories",
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="products_category_owner_row"),
                    models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("name"),
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
                ("owner", core.ownership.OwnerKey()),
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
                            models.Q(("quantity__lte", models.F("min_threshold"))), output_field=models.BooleanField()
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
                    core.ownership.OwnedKey(
                        blank=True,
                        null=True,
                        on_delete=core.ownership.unlink,
                        related_name="products",
                        to="suppliers.supplier",
                    ),
                ),
                (
                    "category",
                    core.ownership.OwnedKey(
                        blank=True,
                        null=True,
                        on_delete=core.ownership.unlink,
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
                    models.Index(fields=["owner", "supplier"], name="products_product_by_supplier"),
                    models.Index(fields=["owner", "category"], name="products_product_by_category"),
                    models.Index(
                        condition=models.Q(("archived_at", None), ("expiration_date__isnull", False)),
                        fields=["owner", "expiration_date", "id"],
                        name="products_product_by_expiry",
                    ),
                    models.Index(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("name"),
                        models.F("id"),
                        condition=models.Q(("archived_at", None)),
                        name="products_product_live_by_name",
                    ),
                    models.Index(
                        models.F("owner"),
                        django.db.models.functions.text.LPad("barcode", models.Value(14), models.Value("0")),
                        condition=models.Q(("archived_at", None), ("barcode__regex", "^([0-9]{8}|[0-9]{12,14})$")),
                        name="products_product_gtin",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="products_product_owner_row"),
                    models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("sku"),
                        condition=models.Q(("archived_at", None), models.Q(("sku", ""), _negated=True)),
                        name="products_product_sku",
                        violation_error_message="You have a product with this sku already.",
                    ),
                    models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("barcode"),
                        condition=models.Q(("archived_at", None), models.Q(("barcode", ""), _negated=True)),
                        name="products_product_barcode",
                        violation_error_message="You have a product with this barcode already.",
                    ),
                    core.database.constraints.OwnedForeignKey(field="supplier", name="products_product_supplier"),
                    core.database.constraints.OwnedForeignKey(field="category", name="products_product_category"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0), ("quantity__lte", 1000000000)),
                        name="products_product_quantity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_threshold__gte", 0), ("min_threshold__lte", 1000000000)),
                        name="products_product_min_threshold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pack_size__gte", 1), ("pack_size__lte", 1000000000)),
                        name="products_product_pack_size",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0), ("price__lte", Decimal("9999999999.99"))),
                        name="products_product_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost_price__gte", 0), ("cost_price__lte", Decimal("9999999999.99"))),
                        name="products_product_cost_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stock_sequence__gte", 0)), name="products_product_stock_sequence"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held__gte", 0), ("held__lte", models.F("quantity"))),
                        name="products_product_held",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_count__gte", 0), ("code_count__lte", 20)),
                        name="products_product_code_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stock_value", 0),
                            models.Q(
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
                ("owner", core.ownership.OwnerKey()),
                ("product", core.ownership.OwnedKey(related_name="+", to="products.product")),
                ("quantity", models.BigIntegerField(default=1)),
                ("is_live", models.BooleanField(default=True, editable=False)),
                ("code", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "product"], name="products_code_by_product"),
                    models.Index(
                        models.F("owner"),
                        django.db.models.functions.text.LPad("code", models.Value(14), models.Value("0")),
                        condition=models.Q(("code__regex", "^([0-9]{8}|[0-9]{12,14})$"), ("is_live", True)),
                        name="products_code_gtin",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "id"), name="products_code_owner_row"),
                    core.database.constraints.OwnedForeignKey(field="product", name="products_code_product"),
                    models.UniqueConstraint(
                        models.F("owner"),
                        django.db.models.functions.text.Lower("code"),
                        condition=models.Q(("is_live", True)),
                        name="products_code_code",
                        violation_error_message="Another product has this code.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True), name="products_code_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 1000000000)),
                        name="products_code_quantity",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FILL_PAGES_BY_HALF, migrations.RunSQL.noop),
    ]
