from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

# A running release has prepared statements that read the role. PostgreSQL refuses to execute them after the type of the
# column has changed, until their connection ends. So this ends the connections of the service, while the lock of
# ALTER TABLE lets no new ones prepare a statement. What they execute in this moment is rolled back and answered with
# 503, and clients repeat it.
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""
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
        migrations.RunSQL(END_CONNECTIONS, migrations.RunSQL.noop),
    ]  # fmt: skip
