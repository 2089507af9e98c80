from django.db import migrations

from core.ownership import OwnerKey


class Migration(migrations.Migration):
    dependencies = [("stock", "0004_remove_closed_accounts")]

    # The other foreign keys of these rows include the owner, so each booking checked it twice.
    operations = [
        migrations.AlterField(model_name=name, name="owner", field=OwnerKey(db_constraint=False))
        for name in ("holding", "movement", "operation", "portion")
    ]
