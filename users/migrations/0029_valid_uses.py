from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0028_uses")]

    operations = [
        ValidateConstraint("user", "users_user_country"),
        ValidateConstraint("user", "users_user_uses_payments"),
    ]
