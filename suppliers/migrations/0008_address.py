from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0007_merged_into")]

    operations = [
        migrations.AddField(
            "supplier", "address", models.TextField(blank=True, db_default="", default="", max_length=1000)
        ),
    ]
