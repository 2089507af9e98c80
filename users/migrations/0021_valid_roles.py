from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0020_roles")]

    operations = [
        ValidateConstraint("user", "users_user_role"),
        ValidateConstraint("user", "users_user_owner_unemployed"),
    ]
