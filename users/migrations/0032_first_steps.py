from django.db import migrations
from django.db.models import BooleanField

# Only the shops that are new have the list: the others know their way.
SHOW_TO_NEW_SHOPS = "UPDATE users_user SET shows_first_steps = true WHERE date_joined > now() - interval '30 days'"


class Migration(migrations.Migration):
    dependencies = [("users", "0031_uses_of_pages")]

    operations = [
        migrations.AddField("user", "shows_first_steps", BooleanField(db_default=False, default=False, editable=False)),
        migrations.AlterField("user", "shows_first_steps", BooleanField(db_default=True, default=True, editable=False)),
        migrations.RunSQL(SHOW_TO_NEW_SHOPS, migrations.RunSQL.noop),
    ]
