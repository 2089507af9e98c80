from django.db import migrations, models

from stock.models import PriceSource


class Migration(migrations.Migration):
    dependencies = [("reservations", "0010_lines_of_kits")]

    operations = [
        migrations.AddField(
            "reservationline", "price_from", models.CharField(choices=PriceSource, max_length=7, null=True)
        ),
        migrations.AddField(
            "reservedkit", "price_from", models.CharField(choices=PriceSource, max_length=7, null=True)
        ),
    ]
