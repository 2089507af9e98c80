import uuid

import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

import users.querysets

# The version never decreases, so saving a whole row does not restore an old one. Support may increase it by hand.
FUNCTION = """
CREATE FUNCTION users_raise_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.token_version := greatest(NEW.token_version, OLD.token_version)
        + (NEW.password <> OLD.password OR NEW.is_active <> OLD.is_active)::int;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE TRIGGER users_user_token_version BEFORE UPDATE OF password, is_active, token_version ON users_user
    FOR EACH ROW EXECUTE FUNCTION users_raise_token_version()
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("token_version", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "employer",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"role": "owner"},
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="workers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                ("phone", models.CharField(blank=True, max_length=64)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("worker", "Worker")], default="worker", max_length=6
                    ),
                ),
                ("shop_name", models.CharField(blank=True, db_default="", default="", max_length=255)),
                ("time_zone", models.CharField(db_default="UTC", default="UTC", max_length=64)),
                ("currency", models.CharField(blank=True, db_default="", default="", max_length=3)),
                (
                    "csv_format",
                    models.CharField(
                        choices=[("standard", "Standard"), ("european", "European")],
                        db_default="standard",
                        default="standard",
                        max_length=8,
                        verbose_name="CSV format",
                    ),
                ),
                (
                    "notices",
                    models.CharField(
                        choices=[("off", "Off"), ("daily", "Daily")], db_default="off", default="off", max_length=5
                    ),
                ),
                (
                    "confirmed_email",
                    models.EmailField(blank=True, db_default="", default="", editable=False, max_length=254),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "permissions": (("admit_user", "Can deactivate, reactivate and unlock user"),),
                "indexes": [Index(condition=Q(notices="daily"), fields=["id"], name="users_user_daily_notices")],
                "constraints": [
                    UniqueConstraint(
                        Lower("username"),
                        name="users_user_username",
                        violation_error_message="A user with that username already exists.",
                    ),
                    UniqueConstraint(
                        Lower("email"),
                        condition=Q(("email", ""), _negated=True),
                        name="users_user_email",
                        violation_error_message="A user with that email already exists.",
                    ),
                    CheckConstraint(condition=Q(role__in=["owner", "worker"]), name="users_user_role"),
                    CheckConstraint(
                        condition=Q(("employer", None), Q(("role", "owner"), _negated=True), _connector="OR"),
                        name="users_user_owner_unemployed",
                        violation_error_message="An owner has no employer.",
                    ),
                    CheckConstraint(
                        condition=Q(
                            ("employer", None), Q(("is_staff", False), ("is_superuser", False)), _connector="OR"
                        ),
                        name="users_user_staff_unemployed",
                        violation_error_message="Staff has no employer, who could set its password.",
                    ),
                    CheckConstraint(
                        condition=Q(("time_zone__regex", "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$")),
                        name="users_user_time_zone",
                    ),
                    CheckConstraint(condition=Q(currency__regex="^([A-Z]{3})?$"), name="users_user_currency"),
                    CheckConstraint(condition=Q(csv_format__in=["standard", "european"]), name="users_user_csv_format"),
                    CheckConstraint(condition=Q(notices__in=["off", "daily"]), name="users_user_notices"),
                ],
            },
            managers=[("objects", users.querysets.AccountManager())],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("rolled_at", models.DateTimeField(help_text="When another key was made in its place.", null=True)),
                ("name", models.CharField(max_length=64)),
                (
                    "scope",
                    models.CharField(choices=[("read", "Read"), ("book", "Book"), ("manage", "Manage")], max_length=6),
                ),
                ("prefix", models.CharField(max_length=12)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=45),
                        default=list,
                        editable=False,
                        help_text="From which it was created and used; a new one is a security event.",
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "constraints": [
                    UniqueConstraint(fields=("prefix",), name="users_apikey_prefix"),
                    CheckConstraint(condition=Q(scope__in=["read", "book", "manage"]), name="users_apikey_scope"),
                    CheckConstraint(
                        condition=Exact(
                            Func(F("digest"), function="octet_length", output_field=models.IntegerField()), 32
                        ),
                        name="users_apikey_digest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefreshFamily",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("expires_at", models.DateTimeField()),
                ("current", models.UUIDField()),
                ("rotated_at", models.DateTimeField(null=True)),
                ("previous", models.UUIDField(null=True)),
            ],
            options={"verbose_name_plural": "refresh families"},
        ),
        migrations.CreateModel(
            name="AttemptCounter",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField()),
                ("count", models.IntegerField()),
            ],
            options={"verbose_name": "attempt"},
        ),
        migrations.CreateModel(
            name="KnownNetwork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("used_at", models.DateTimeField()),
                (
                    "token_version",
                    models.PositiveIntegerField(
                        help_text="The user's at that time: after a new password it is unknown."
                    ),
                ),
                ("network", models.CharField(max_length=45)),
            ],
            options={
                "indexes": [Index(fields=["used_at"], name="users_knownnetwork_used_at")],
                "constraints": [UniqueConstraint(fields=("user", "network"), name="users_knownnetwork_user_network")],
            },
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        help_text="The owner in whose account it happened; empty where the user belonged to none.",
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        help_text="Who did it, if not the user itself.",
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        help_text="The key it is about.",
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="+",
                        to="users.apikey",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
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
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, help_text="From where it came; of IPv6, the network.", max_length=45),
                ),
            ],
            options={
                "indexes": [
                    Index(fields=["user", "id"], name="users_securityevent_user"),
                    Index(fields=["account", "id"], name="users_securityevent_account"),
                ],
                "constraints": [
                    CheckConstraint(
                        condition=Q(
                            (
                                "kind__in",
                                [
                                    "sign_in_locked",
                                    "unlocked",
                                    "password_changed",
                                    "tokens_reused",
                                    "deactivated",
                                    "reactivated",
                                    "role_changed",
                                    "signed_out_everywhere",
                                    "reset_requested",
                                    "password_reset",
                                    "invited",
                                    "email_changed",
                                    "api_key_created",
                                    "api_key_revoked",
                                    "api_key_used_from_new_network",
                                ],
                            )
                        ),
                        name="users_securityevent_kind",
                    )
                ],
            },
        ),
        # A crash may empty the table: the counts of the last minutes are not worth writing to the WAL.
        migrations.RunSQL("ALTER TABLE users_attemptcounter SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION users_raise_token_version() CASCADE"),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
    ]
