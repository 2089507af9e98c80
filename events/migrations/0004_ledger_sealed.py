from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_webhook_off"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="type",
            field=models.CharField(
                choices=[
                    ("operation.booked", "Operation Booked"),
                    ("stock.low", "Stock Low"),
                    ("stock.recovered", "Stock Recovered"),
                    ("product.created", "Product Created"),
                    ("product.changed", "Product Changed"),
                    ("product.archived", "Product Archived"),
                    ("product.restored", "Product Restored"),
                    ("webhook.off", "Webhook Off"),
                    ("ledger.sealed", "Ledger Sealed"),
                ],
                max_length=32,
            ),
        ),
    ]
