from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0003_validate_lead_days")]

    operations = [
        migrations.AddField(
            "supplier",
            "accepted_email",
            models.EmailField(blank=True, db_default="", default="", editable=False, max_length=254),
        ),
    ]
