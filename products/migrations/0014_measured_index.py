from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models import Index, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0013_valid_checks")]

    operations = [
        AddIndexConcurrently(
            "product",
            Index(fields=["owner"], condition=Q(decimals__gt=0) | ~Q(unit=""), name="products_product_measured"),
        ),
    ]
