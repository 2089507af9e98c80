from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import LPad


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("products", "0009_validate_codes")]

    operations = [
        AddIndexConcurrently(
            "product",
            models.Index(
                models.F("owner"),
                LPad("barcode", models.Value(14), models.Value("0")),
                condition=models.Q(("archived_at", None), ("barcode__regex", "^([0-9]{8}|[0-9]{12,14})$")),
                name="products_product_gtin",
            ),
        ),
    ]
