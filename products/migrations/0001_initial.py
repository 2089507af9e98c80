from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import core.constraints
import core.ownership


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("suppliers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
            ],
            options={
                "verbose_name_plural": "categories",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True, max_length=10000)),
                ("sku", models.CharField(blank=True, max_length=64, verbose_name="SKU")),
                ("barcode", models.CharField(blank=True, max_length=64)),
                ("unit", models.CharField(blank=True, max_length=32)),
                ("price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("cost_price", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("quantity", models.BigIntegerField(default=0, editable=False)),
                ("stock_sequence", models.BigIntegerField(default=0, editable=False)),
                ("min_threshold", models.BigIntegerField(default=5)),
                ("expiration_date", models.DateField(blank=True, null=True)),
                ("last_counted_at", models.DateTimeField(editable=False, null=True)),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "category",
                    core.ownership.OwnedKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=core.ownership.unlink,
                        related_name="products",
                        to="products.category",
                    ),
                ),
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
                    "supplier",
                    core.ownership.OwnedKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=core.ownership.unlink,
                        related_name="products",
                        to="suppliers.supplier",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(fields=("owner", "id"), name="products_category_owner_row"),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(
                models.F("owner"),
                django.db.models.functions.text.Lower("name"),
                name="products_category_name",
                violation_error_message="You have a category with this name already.",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["owner", "supplier"], name="products_product_by_supplier"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["owner", "category"], name="products_product_by_category"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(fields=("owner", "id"), name="products_product_owner_row"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                models.F("owner"),
                django.db.models.functions.text.Lower("sku"),
                condition=models.Q(("archived_at", None), models.Q(("sku", ""), _negated=True)),
                name="products_product_sku",
                violation_error_message="You have a product with this sku already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                models.F("owner"),
                django.db.models.functions.text.Lower("barcode"),
                condition=models.Q(("archived_at", None), models.Q(("barcode", ""), _negated=True)),
                name="products_product_barcode",
                violation_error_message="You have a product with this barcode already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=core.constraints.OwnedForeignKey(
                field="supplier", name="products_product_supplier", violation_error_message="This row does not exist."
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=core.constraints.OwnedForeignKey(
                field="category", name="products_product_category", violation_error_message="This row does not exist."
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 0), ("quantity__lte", 1000000000)),
                name="products_product_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("min_threshold__gte", 0), ("min_threshold__lte", 1000000000)),
                name="products_product_min_threshold",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0), ("price__lte", Decimal("9999999999.99"))),
                name="products_product_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost_price__gte", 0), ("cost_price__lte", Decimal("9999999999.99"))),
                name="products_product_cost_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock_sequence__gte", 0)), name="products_product_stock_sequence"
            ),
        ),
    ]
