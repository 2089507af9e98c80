from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("products", "0009_picture")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(fields=["owner", "category", "archived_at"], name="products_product_category_live"),
        ),
        RemoveIndexConcurrently(model_name="product", name="products_product_by_category"),
    ]
