from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reservations", "0014_lines_of_one")]

    operations = [
        migrations.AddField(
            "reservationline",
            "is_net",
            models.BooleanField(
                "price without VAT",
                null=True,
                help_text="Whether the price is without VAT. Null: as the prices of the shop.",
            ),
        ),
    ]
