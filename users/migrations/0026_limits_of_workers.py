from django.db import migrations
from django.db.models import BooleanField


class Migration(migrations.Migration):
    dependencies = [("users", "0025_valid_sign_in_failed")]

    operations = [
        migrations.AddField("user", "workers_sell_at_list_price", BooleanField(default=False, db_default=False)),
        migrations.AddField("user", "workers_date_back", BooleanField(default=True, db_default=True)),
    ]
