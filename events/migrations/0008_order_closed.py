from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0007_orders"),
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
                    ("reservation.made", "Reservation Made"),
                    ("reservation.fulfilled", "Reservation Fulfilled"),
                    ("reservation.released", "Reservation Released"),
                    ("lot.expiring", "Lot Expiring"),
                    ("order.sent", "Order Sent"),
                    ("order.received", "Order Received"),
                    ("order.closed", "Order Closed"),
                ],
                max_length=32,
            ),
        ),
    ]
