from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("products", "0010_gtin_index")]

    operations = [
        migrations.AddField(
            "product",
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
        migrations.AddField(
            "product",
            "valued_sequence",
            models.BigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="The last movement in `stock_value`: below `stock_sequence` until movements of an earlier"
                " release are valued.",
            ),
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(("valued_sequence__gte", 0), ("valued_sequence__lte", models.F("stock_sequence"))),
                name="products_product_valued_sequence",
            ),
        ),
        AddConstraintNotValid(
            "product",
            models.CheckConstraint(
                condition=models.Q(
                    ("stock_value", 0),
                    models.Q(
                        ("stock_value__gt", 0),
                        ("stock_value__lte", Decimal("99999999999999999999.99")),
                        models.Q(
                            ("quantity__gt", 0),
                            ("valued_sequence__lt", models.F("stock_sequence")),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="products_product_stock_value",
            ),
        ),
    ]
