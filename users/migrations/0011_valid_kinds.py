from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0010_kinds_of_security_events")]

    operations = [ValidateConstraint("securityevent", "users_securityevent_kind")]
