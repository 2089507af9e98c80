from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stock", "0002_imports")]

    operations = [
        migrations.AddField(
            "seal",
            "shift",
            models.BigIntegerField(
                default=0,
                db_default=0,
                help_text="What was added to all ids when the shop moved to this installation.",
            ),
        ),
    ]
