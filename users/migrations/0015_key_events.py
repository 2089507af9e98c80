from django.db import migrations, models

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
]
NAME = "users_securityevent_kind"
# NOT VALID, so existing events are not checked under a lock: the next migration validates.
REPLACE = [
    f"ALTER TABLE users_securityevent DROP CONSTRAINT {NAME}",
    f"""
    ALTER TABLE users_securityevent ADD CONSTRAINT {NAME}
        CHECK (kind IN ({", ".join(f"'{kind}'" for kind, _ in KINDS)})) NOT VALID
    """,
]


class Migration(migrations.Migration):
    dependencies = [("users", "0014_api_keys")]

    operations = [
        migrations.AlterField("securityevent", "kind", models.CharField(choices=KINDS, max_length=32)),
        migrations.RunSQL(
            REPLACE,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.RemoveConstraint("securityevent", NAME),
                migrations.AddConstraint(
                    "securityevent",
                    models.CheckConstraint(condition=models.Q(kind__in=[kind for kind, _ in KINDS]), name=NAME),
                ),
            ],
        ),
    ]
