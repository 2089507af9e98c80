from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0008_valid_shop_exported")]

    operations = [
        migrations.AddField(
            "user",
            "erased_at",
            models.DateTimeField(editable=False, help_text="When the person was erased, for ever.", null=True),
        ),
    ]
