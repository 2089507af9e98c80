from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0004_security_event"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"permissions": (("admit_user", "Can deactivate, reactivate and unlock user"),)},
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("employer", None),
                    models.Q(("is_staff", False), ("is_superuser", False)),
                    _connector="OR",
                ),
                name="users_user_staff_unemployed",
                violation_error_message="Staff has no employer, who could set its password.",
            ),
        ),
    ]
