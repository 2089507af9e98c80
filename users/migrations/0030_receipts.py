from django.db import migrations
from django.db.models import CharField, TextField


class Migration(migrations.Migration):
    dependencies = [("users", "0029_valid_uses")]

    operations = [
        migrations.AddField(
            "user", "shop_address", TextField("address", max_length=500, blank=True, default="", db_default="")
        ),
        migrations.AddField("user", "tax_number", CharField(max_length=64, blank=True, default="", db_default="")),
        migrations.AddField(
            "user", "receipt_note", TextField("note on receipts", max_length=500, blank=True, default="", db_default="")
        ),
    ]
