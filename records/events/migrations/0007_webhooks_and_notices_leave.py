from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0006_event_type_unproven")]

    # The tables stay: the apps `webhooks` and `notices` have them from now on.
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="DeliveryAttempt"),
                migrations.DeleteModel(name="Webhook"),
                migrations.DeleteModel(name="LastNotice"),
            ]
        )
    ]
