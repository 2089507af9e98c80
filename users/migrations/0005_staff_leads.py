from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = [("users", "0004_valid_languages")]

    operations = [
        AddConstraintNotValid(
            "user",
            CheckConstraint(
                condition=Q(led_by=None) | Q(is_staff=False, is_superuser=False),
                name="users_user_staff_leads",
                violation_error_message="Staff keeps its shop: a new owner could set its password.",
            ),
        ),
    ]
