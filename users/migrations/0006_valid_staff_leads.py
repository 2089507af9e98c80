from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0005_staff_leads")]

    operations = [ValidateConstraint("user", "users_user_staff_leads")]
