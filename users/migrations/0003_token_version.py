"""Adds `token_version`, which a trigger raises, and a row per sign-in in place of SimpleJWT's tables."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The version never decreases, so saving a whole row does not restore an old one. Support may raise it by hand.
FUNCTION = """
CREATE FUNCTION users_raise_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.token_version := greatest(NEW.token_version, OLD.token_version)
        + (NEW.password <> OLD.password OR NEW.is_active <> OLD.is_active)::int;
    RETURN NEW;
END
$$
"""
DROP_FUNCTION = "DROP FUNCTION users_raise_token_version()"

TRIGGER = """
CREATE TRIGGER users_user_token_version BEFORE UPDATE OF password, is_active, token_version ON users_user
    FOR EACH ROW EXECUTE FUNCTION users_raise_token_version()
"""
DROP_TRIGGER = "DROP TRIGGER users_user_token_version ON users_user"

# Tables of rest_framework_simplejwt.token_blacklist, which stored every refresh token in plain text.
DROP_TOKENS_IN_PLAIN_TEXT = [
    "DROP TABLE IF EXISTS token_blacklist_blacklistedtoken",
    "DROP TABLE IF EXISTS token_blacklist_outstandingtoken",
]


class Migration(migrations.Migration):
    dependencies = [("users", "0002_attempt")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="token_version",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        migrations.RunSQL(TRIGGER, DROP_TRIGGER),
        migrations.CreateModel(
            name="RefreshFamily",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("current", models.UUIDField()),
                ("previous", models.UUIDField(null=True)),
                ("rotated_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name_plural": "refresh families"},
        ),
        migrations.RunSQL(DROP_TOKENS_IN_PLAIN_TEXT, migrations.RunSQL.noop),
    ]
