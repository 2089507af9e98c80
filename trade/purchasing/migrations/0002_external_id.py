from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("purchasing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="external_id",
            field=models.CharField(blank=True, max_length=128, null=True, verbose_name="external id"),
        ),
    ]
