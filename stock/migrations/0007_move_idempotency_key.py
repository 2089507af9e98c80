from django.db import migrations


class Migration(migrations.Migration):
    """Remove the model from this app's state: it moved to the app `idempotency`. The table is unchanged."""

    dependencies = [
        ("stock", "0006_late_operations"),
        ("idempotency", "0001_idempotency_key"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="IdempotencyKey")]),
    ]
