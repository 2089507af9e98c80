from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

KINDS = [
    "sign_in_failed", "sign_in_locked", "unlocked", "password_changed", "tokens_reused", "deactivated",
    "reactivated", "role_changed", "signed_out_everywhere", "reset_requested", "password_reset", "invited",
    "email_changed", "api_key_created", "api_key_revoked", "api_key_used_from_new_network", "shop_exported",
    "person_erased", "closing_started", "closing_undone", "factor_added", "factor_removed", "recovery_code_used",
    "passkey_used",
]  # fmt: skip
CHOICES = [(kind, kind.replace("_", " ").title()) for kind in KINDS]


class Migration(migrations.Migration):
    dependencies = [("users", "0023_label_settings")]

    operations = [
        migrations.AlterField("securityevent", "kind", models.CharField(choices=CHOICES, max_length=32)),
        migrations.RemoveConstraint("securityevent", "users_securityevent_kind"),
        AddConstraintNotValid(
            "securityevent",
            CheckConstraint(condition=Q(kind__in=KINDS), name="users_securityevent_kind"),
        ),
    ]
