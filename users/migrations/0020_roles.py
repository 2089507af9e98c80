from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

ROLES = ["owner", "worker", "manager", "counter", "viewer"]


class Migration(migrations.Migration):
    """Both constraints on the column are made again, because the new type of the column would have them checked."""

    dependencies = [("users", "0019_scale_codes")]

    operations = [
        migrations.RemoveConstraint("user", "users_user_role"),
        migrations.RemoveConstraint("user", "users_user_owner_unemployed"),
        migrations.AlterField(
            "user",
            "role",
            models.CharField(choices=[(role, role.title()) for role in ROLES], default="worker", max_length=7),
        ),
        AddConstraintNotValid("user", CheckConstraint(condition=Q(role__in=ROLES), name="users_user_role")),
        AddConstraintNotValid(
            "user",
            CheckConstraint(
                condition=Q(employer=None) | ~Q(role="owner"), name="users_user_owner_unemployed",
                violation_error_message="An owner has no employer.",
            ),
        ),
    ]  # fmt: skip
