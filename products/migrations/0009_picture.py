from django.db import migrations, models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.db.models.lookups import LessThanOrEqual

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey


def at_most(field, max_bytes):
    length = Func(F(field), function="octet_length", output_field=models.IntegerField())
    return CheckConstraint(condition=Q(LessThanOrEqual(length, max_bytes)), name=f"products_picture_{field}")


class Migration(migrations.Migration):
    dependencies = [("products", "0008_profiles")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("product", OwnedKey(related_name="+", to="products.product")),
                ("large", models.BinaryField()),
                ("small", models.BinaryField()),
                ("digest", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
            ],
            options={
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_picture_owner_row"),
                    OwnedForeignKey(field="product", name="products_picture_product"),
                    UniqueConstraint(fields=("owner", "product"), name="products_picture_of_product"),
                    at_most("large", 200_000),
                    at_most("small", 12_000),
                ],
            },
        ),
    ]
