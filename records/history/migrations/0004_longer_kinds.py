from django.db import migrations, models

from records.history.models import Kind


class Migration(migrations.Migration):
    dependencies = [("history", "0003_edits")]

    operations = [migrations.AlterField("change", "kind", models.CharField(choices=Kind, max_length=11))]
