import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import CheckConstraint, Q

EVENT_KINDS = [
    "sign_in_locked", "unlocked", "password_changed", "tokens_reused", "deactivated", "reactivated", "role_changed",
    "signed_out_everywhere", "reset_requested", "password_reset", "invited", "email_changed", "api_key_created",
    "api_key_revoked", "api_key_used_from_new_network", "shop_exported", "person_erased", "closing_started",
    "closing_undone", "factor_added", "factor_removed", "recovery_code_used", "passkey_used",
]  # fmt: skip
KINDS, PURPOSES = ["totp", "passkey", "recovery"], ["second step", "passkey", "new passkey"]


def choices(kinds):
    return [(kind, kind.replace("_", " ").title()) for kind in kinds]


class Migration(migrations.Migration):
    dependencies = [("users", "0013_closing_index")]

    operations = [
        migrations.AddField("user", "second_factor_required_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "user",
            "second_factor_since",
            models.DateTimeField(
                editable=False, help_text="Since when the user has had a second factor; empty without one.", null=True
            ),
        ),
        migrations.CreateModel(
            name="Factor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=choices(KINDS), max_length=8)),
                ("name", models.CharField(max_length=64)),
                (
                    "secret",
                    models.BinaryField(
                        default=bytes, help_text="Of totp: the encrypted secret. Of a passkey: its public key."
                    ),
                ),
                (
                    "credential",
                    models.BinaryField(help_text="The id that the authenticator gave to a passkey.", null=True),
                ),
                (
                    "spent",
                    models.BigIntegerField(
                        default=0,
                        help_text="Of totp: the step of the last code. Of a passkey: its last signature counter.",
                    ),
                ),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BinaryField(),
                        default=list,
                        help_text="The digests of the recovery codes that are left.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("confirmed_at", models.DateTimeField(help_text="Empty until the first code was right.", null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "ends_at",
                    models.DateTimeField(
                        help_text="When the support desk lets it end, unless it is used before.", null=True
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, db_index=False, on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "id"], name="users_factor_user")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["user", "kind"],
                        condition=~Q(kind="passkey") & Q(confirmed_at__isnull=False),
                        name="users_factor_kind_once",
                    ),
                    models.UniqueConstraint(fields=["credential"], name="users_factor_credential"),
                    CheckConstraint(condition=Q(kind__in=KINDS), name="users_factor_kind"),
                    CheckConstraint(
                        condition=Q(kind="passkey", credential__isnull=False)
                        | (~Q(kind="passkey") & Q(credential=None)),
                        name="users_factor_passkey_credential",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("purpose", models.CharField(choices=choices(PURPOSES), max_length=11)),
                (
                    "token_version",
                    models.PositiveIntegerField(
                        help_text="The user's at that time: a new password ends the challenge.", null=True
                    ),
                ),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "user",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, null=True, on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                    ),
                ),
            ],
        ),
        migrations.AlterField("securityevent", "kind", models.CharField(choices=choices(EVENT_KINDS), max_length=32)),
        migrations.RemoveConstraint("securityevent", "users_securityevent_kind"),
        AddConstraintNotValid(
            "securityevent", CheckConstraint(condition=Q(kind__in=EVENT_KINDS), name="users_securityevent_kind")
        ),
    ]  # fmt: skip
