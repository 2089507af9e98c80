from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("users", "0007_shop_exported")]

    operations = [ValidateConstraint("securityevent", "users_securityevent_kind")]
