from django.db import migrations


class Migration(migrations.Migration):
    """The model belongs to the app `idempotency` now. The table stays as it is."""

    dependencies = [
        ("stock", "0006_late_operations"),
        ("idempotency", "0001_idempotency_key"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="IdempotencyKey")]),
    ]
