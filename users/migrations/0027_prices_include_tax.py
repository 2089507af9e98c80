from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0026_limits_of_workers")]

    operations = [
        migrations.AddField(
            "user",
            "prices_include_tax",
            models.BooleanField(db_default=True, default=True, verbose_name="prices include VAT"),
        ),
        migrations.AddField("user", "has_taxes", models.BooleanField(db_default=False, default=False, editable=False)),
    ]
