from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

KINDS = [
    ("sign_in_locked", "Sign In Locked"),
    ("unlocked", "Unlocked"),
    ("password_changed", "Password Changed"),
    ("tokens_reused", "Tokens Reused"),
    ("deactivated", "Deactivated"),
    ("reactivated", "Reactivated"),
    ("role_changed", "Role Changed"),
    ("signed_out_everywhere", "Signed Out Everywhere"),
    ("reset_requested", "Reset Requested"),
    ("password_reset", "Password Reset"),
    ("invited", "Invited"),
    ("email_changed", "Email Changed"),
    ("api_key_created", "Api Key Created"),
    ("api_key_revoked", "Api Key Revoked"),
    ("api_key_used_from_new_network", "Api Key Used From New Network"),
    ("shop_exported", "Shop Exported"),
]


class Migration(migrations.Migration):
    dependencies = [("users", "0006_valid_staff_leads")]

    operations = [
        migrations.AlterField("securityevent", "kind", models.CharField(choices=KINDS, max_length=32)),
        migrations.RemoveConstraint("securityevent", "users_securityevent_kind"),
        AddConstraintNotValid(
            "securityevent",
            CheckConstraint(condition=Q(kind__in=[kind for kind, _ in KINDS]), name="users_securityevent_kind"),
        ),
    ]
