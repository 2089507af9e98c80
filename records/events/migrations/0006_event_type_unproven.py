from django.db import migrations, models

from records.events.models import EventType


class Migration(migrations.Migration):
    dependencies = [("events", "0005_last_events_of_shops")]

    # The database has no list of the types, so nothing changes there.
    operations = [
        migrations.AlterField(model_name="event", name="type", field=models.CharField(choices=EventType, max_length=32))
    ]
