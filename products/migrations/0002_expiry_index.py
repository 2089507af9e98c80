from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("products", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "product",
            models.Index(
                fields=["owner", "expiration_date", "id"],
                condition=models.Q(("archived_at", None), ("expiration_date__isnull", False)),
                name="products_product_by_expiry",
            ),
        ),
    ]
