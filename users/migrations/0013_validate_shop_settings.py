from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0012_shop_settings")]

    operations = [
        ValidateConstraint("user", "users_user_time_zone"),
        ValidateConstraint("user", "users_user_currency"),
        ValidateConstraint("user", "users_user_csv_format"),
    ]
