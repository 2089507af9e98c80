from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

SWITCHES = ["auto", "on", "off"]
CHECKS = {
    "users_user_country": Q(country__regex=r"^([A-Z]{2})?$"),
    "users_user_uses_payments": Q(uses_payments__in=SWITCHES),
}


class Migration(migrations.Migration):
    dependencies = [("users", "0027_prices_include_tax")]

    operations = [
        migrations.AddField("user", "country", models.CharField(blank=True, db_default="", default="", max_length=2)),
        migrations.AddField(
            "user",
            "uses_payments",
            models.CharField(
                choices=[(name, name) for name in SWITCHES],
                db_default="auto",
                default="auto",
                max_length=4,
                verbose_name="payments",
            ),
        ),
        *(
            AddConstraintNotValid("user", CheckConstraint(condition=condition, name=name))
            for name, condition in CHECKS.items()
        ),
    ]
