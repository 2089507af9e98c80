from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhook",
            name="slow_at",
            field=models.DateTimeField(help_text="The last attempt that was slow.", null=True),
        ),
    ]
