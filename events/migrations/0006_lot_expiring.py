from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform

INDEX = "events_event_lot_expiring"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("events", "0005_reservations"),
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
                ],
                max_length=32,
            ),
        ),
        # A unique constraint with a condition is an index, and is built without blocking bookings.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"""
                    CREATE UNIQUE INDEX CONCURRENTLY {INDEX} ON events_event (owner_id, (data ->> 'lot'))
                    WHERE type = 'lot.expiring'
                    """,
                    f"DROP INDEX CONCURRENTLY {INDEX}",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "event",
                    models.UniqueConstraint(
                        models.F("owner"),
                        KeyTextTransform("lot", "data"),
                        condition=models.Q(("type", "lot.expiring")),
                        name=INDEX,
                    ),
                ),
            ],
        ),
    ]
