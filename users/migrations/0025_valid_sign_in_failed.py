from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0024_sign_in_failed")]

    operations = [ValidateConstraint("securityevent", "users_securityevent_kind")]
