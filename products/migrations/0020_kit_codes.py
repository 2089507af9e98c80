from django.db import migrations, models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Lower, LPad

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    dependencies = [("products", "0019_valid_tax")]

    operations = [
        migrations.CreateModel(
            name="KitCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("owner", OwnerKey()),
            ],
            options={
                "verbose_name": "code of a kit",
                "verbose_name_plural": "codes of kits",
                "abstract": False,
                "constraints": [
                    UniqueConstraint(fields=("owner", "id"), name="products_kitcode_owner_row"),
                    UniqueConstraint(
                        F("owner"),
                        Lower("code"),
                        name="products_kitcode_code",
                        violation_error_message="Another kit has this code.",
                    ),
                    CheckConstraint(condition=~Q(code=""), name="products_kitcode_not_empty"),
                ],
                "indexes": [
                    Index(
                        F("owner"),
                        LPad("code", Value(14), Value("0")),
                        condition=Q(code__regex="^([0-9]{8}|[0-9]{12,14})$"),
                        name="products_kitcode_gtin",
                    )
                ],
            },
        ),
    ]
