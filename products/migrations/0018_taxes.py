from decimal import Decimal

from django.db import migrations, models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Lower

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey

FOREIGN_KEY = """
ALTER TABLE products_product ADD CONSTRAINT products_product_tax FOREIGN KEY (owner_id, tax_id)
REFERENCES products_tax (owner_id, id) DEFERRABLE INITIALLY IMMEDIATE NOT VALID
"""
KEPT = "The link that was taken away because its row is archived: see core.archiving."


class Migration(migrations.Migration):
    dependencies = [("products", "0017_valid_keeps_stock"), ("users", "0027_prices_include_tax")]

    operations = [
        migrations.CreateModel(
            name="Tax",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("rate", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="rate in percent")),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("owner", OwnerKey()),
            ],
            options={
                "verbose_name": "rate of VAT",
                "verbose_name_plural": "rates of VAT",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_tax_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("name"),
                        condition=Q(archived_at=None),
                        name="products_tax_name",
                        violation_error_message="You have a rate of VAT with this name already.",
                    ),
                    CheckConstraint(
                        condition=Q(rate__range=(Decimal("0.00"), Decimal("100.00"))), name="products_tax_rate"
                    ),
                ],
            },
        ),
        migrations.AddField(
            "product",
            "tax",
            OwnedKey(
                blank=True,
                limit_choices_to={"archived_at": None},
                null=True,
                related_name="products",
                to="products.tax",
                verbose_name="VAT",
            ),
        ),
        migrations.AddField(
            "product", "kept_tax_id", models.BigIntegerField(editable=False, help_text=KEPT, null=True)
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(FOREIGN_KEY, "ALTER TABLE products_product DROP CONSTRAINT products_product_tax")
            ],
            state_operations=[
                migrations.AddConstraint("product", OwnedForeignKey(field="tax", name="products_product_tax"))
            ],
        ),
    ]
