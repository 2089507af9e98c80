from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0005_validate_held")]

    operations = [
        migrations.AddField(
            "product",
            "supplier_sku",
            models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="supplier's SKU"),
        ),
        migrations.AddField(
            "product",
            "pack_size",
            models.BigIntegerField(
                db_default=1, default=1, help_text="The supplier sells whole packs of this quantity."
            ),
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(("pack_size__gte", 1), ("pack_size__lte", 1000000000)),
                name="products_product_pack_size",
            ),
        ),
    ]
