from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
CODES = [code for code, _name in LANGUAGES]


class Migration(migrations.Migration):
    dependencies = [("users", "0002_led_by")]

    operations = [
        migrations.AddField(
            "user",
            "shop_language",
            models.CharField(choices=LANGUAGES, db_default="en", default="en", max_length=2),
        ),
        migrations.AddField(
            "user", "language", models.CharField(blank=True, choices=LANGUAGES, max_length=2, null=True)
        ),
        AddConstraintNotValid(
            "user", CheckConstraint(condition=Q(shop_language__in=CODES), name="users_user_shop_language")
        ),
        AddConstraintNotValid("user", CheckConstraint(condition=Q(language__in=CODES), name="users_user_language")),
    ]
