from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0004_event_types_sheets")]

    # Only the names at the support desk change.
    operations = [
        migrations.AlterModelOptions(
            name="feedhead",
            options={"verbose_name": "last event of a shop", "verbose_name_plural": "last events of shops"},
        )
    ]
