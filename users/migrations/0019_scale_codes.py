from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0018_sign_in_names")]

    operations = [
        migrations.AddField(
            "user", "scale_codes",
            models.JSONField(blank=True, db_default=[], default=list, verbose_name="codes of scales"),
        ),
    ]  # fmt: skip
