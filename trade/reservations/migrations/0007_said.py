from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from products.models import all_or_nothing

TEXTS = (("name", 255, None), ("sku", 64, "SKU"), ("barcode", 64, None), ("unit", 32, None))


class Migration(migrations.Migration):
    dependencies = [("reservations", "0006_expiry_told_index")]

    operations = [
        *(
            migrations.AddField(
                "reservationline",
                name,
                models.CharField(
                    blank=name != "name", editable=False, max_length=length, null=True, verbose_name=title
                ),
            )
            for name, length, title in TEXTS
        ),
        AddConstraintNotValid(
            "reservationline", all_or_nothing("reservations_reservationline_said", *(name for name, *_ in TEXTS))
        ),
    ]
