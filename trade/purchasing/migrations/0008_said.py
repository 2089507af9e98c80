from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

from core.fields import MAX_QUANTITY
from products.models import all_or_nothing

TEXTS = (
    ("name", 255, None),
    ("sku", 64, "SKU"),
    ("barcode", 64, None),
    ("unit", 32, None),
    ("supplier_sku", 64, "supplier's SKU"),
)


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0007_metadata")]

    operations = [
        *(
            migrations.AddField(
                "orderline",
                name,
                models.CharField(
                    blank=name != "name", editable=False, max_length=length, null=True, verbose_name=title
                ),
            )
            for name, length, title in TEXTS
        ),
        migrations.AddField(
            "orderline", "pack_size", models.BigIntegerField(editable=False, null=True, verbose_name="pack of")
        ),
        AddConstraintNotValid(
            "orderline",
            CheckConstraint(condition=Q(pack_size__range=(1, MAX_QUANTITY)), name="purchasing_orderline_pack_size"),
        ),
        AddConstraintNotValid(
            "orderline",
            all_or_nothing("purchasing_orderline_said", *(name for name, *_ in TEXTS), "pack_size"),
        ),
    ]
