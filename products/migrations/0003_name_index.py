from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("products", "0002_expiry_index")]

    operations = [
        AddIndexConcurrently(
            "product",
            models.Index(
                "owner",
                Lower("name"),
                "id",
                condition=models.Q(("archived_at", None)),
                name="products_product_live_by_name",
            ),
        ),
    ]
