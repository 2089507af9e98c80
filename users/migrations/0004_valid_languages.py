from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0003_language")]

    operations = [
        ValidateConstraint("user", "users_user_shop_language"),
        ValidateConstraint("user", "users_user_language"),
    ]
