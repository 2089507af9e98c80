from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0002_external_id")]

    operations = [
        migrations.AddField("supplier", "archived_at", models.DateTimeField(editable=False, null=True)),
    ]
