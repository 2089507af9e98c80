from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0004_security_event"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"permissions": (("admit_user", "Can deactivate, reactivate and unlock user"),)},
        ),
    ]
