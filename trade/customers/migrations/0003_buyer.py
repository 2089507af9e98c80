from django.db import migrations, models
from django.db.models import Index, UniqueConstraint

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedKey, OwnerKey


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_merged_into"), ("stock", "0028_valid_tip")]

    operations = [
        migrations.CreateModel(
            name="Buyer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", OwnerKey()),
                ("operation", OwnedKey(related_name="+", to="stock.operation")),
                ("customer", OwnedKey(related_name="+", to="customers.customer")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=["owner", "id"], name="customers_buyer_owner_row"),
                    OwnedForeignKey(field="operation", name="customers_buyer_operation"),
                    OwnedForeignKey(field="customer", name="customers_buyer_customer"),
                    UniqueConstraint(fields=["owner", "operation"], name="customers_buyer_once"),
                ],
                "indexes": [Index(fields=["owner", "customer", "operation"], name="customers_buyer_by_customer")],
            },
        ),
    ]
