from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0023_label_settings")]

    operations = [
        ValidateConstraint("user", "users_user_label_size"),
        ValidateConstraint("user", "users_user_label_code"),
    ]
