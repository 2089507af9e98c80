from django.db import migrations, models


class Migration(migrations.Migration):
    """Make room for the name of an API key after the user's: nora/till 1."""

    dependencies = [("stock", "0008_server_changes")]

    operations = [
        migrations.AlterField("operation", "performed_by_username", models.CharField(max_length=255)),
    ]
