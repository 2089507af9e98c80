from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quotes", "0001_initial")]

    operations = [
        migrations.AddField(
            "quoteline",
            "is_net",
            models.BooleanField(
                "price without VAT",
                null=True,
                help_text="Whether the price is without VAT. Null: as the prices of the shop.",
            ),
        ),
    ]
