from django.db import migrations

from core.ownership import OwnedKey


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_buyer")]

    operations = [
        migrations.AlterField("buyer", "customer", OwnedKey(null=True, related_name="+", to="customers.customer")),
    ]
