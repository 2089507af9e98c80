from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0014_second_factors")]

    operations = [ValidateConstraint("securityevent", "users_securityevent_kind")]
