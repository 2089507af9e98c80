"""The serializers of sign-in, sign-out, passwords, and links by mail."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import EmailField, TextField
from core.serializers import example
from users.models import MAX_EMAIL_LENGTH, MAX_USERNAME_LENGTH
from users.serializers import PasswordField, UserSerializer
from users.sign_in import links


class NameSerializer(serializers.Serializer):
    username = TextField(max_length=MAX_EMAIL_LENGTH, help_text="The user name, or the e-mail address of the user.")


@example(username="demo", password=settings.DEMO_PASSWORD)
class LoginSerializer(NameSerializer):
    password = PasswordField()


@example(refresh="eyJhbGciOi…")
class RefreshSerializer(serializers.Serializer):
    refresh = serializers.CharField(max_length=4096)


@example(refresh="eyJhbGciOi…")
class LogoutSerializer(serializers.Serializer):
    refresh = serializers.CharField(max_length=4096, required=False)


@example(old_password=settings.DEMO_PASSWORD, new_password="coffee-after-lunch-2")  # noqa: S106
class PasswordSerializer(serializers.Serializer):
    old_password = PasswordField()
    new_password = PasswordField()


@example(username="demo")
class ResetSerializer(serializers.Serializer):
    """Exactly one of the two fields."""

    username = TextField(max_length=MAX_USERNAME_LENGTH, required=False)
    email = EmailField(max_length=MAX_EMAIL_LENGTH, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(gettext("Send either a username or an email."))
        return attrs


@example(uid="MQ", token="d0q3ay-…")  # noqa: S106
class EmailConfirmSerializer(serializers.Serializer):
    uid = serializers.CharField(max_length=links.MAX_UID_LENGTH)
    token = serializers.CharField(max_length=links.MAX_TOKEN_LENGTH)


@example(uid="MQ", token="d0q3ay-…", new_password="coffee-after-lunch-2")  # noqa: S106
class ResetConfirmSerializer(EmailConfirmSerializer):
    new_password = PasswordField()


class NewPasswordSerializer(ResetConfirmSerializer):
    """The form of the link: it asks twice for the password."""

    again = PasswordField()


class EmailStateSerializer(serializers.Serializer):
    """The e-mail address of a user, and whether the user has proved to read it."""

    email = serializers.CharField(max_length=254)
    email_confirmed = serializers.BooleanField()


class TokensSerializer(serializers.Serializer):
    """The response to a refresh and to a change of password."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    token = serializers.CharField(help_text="The access token under its other name.")


@extend_schema_serializer(extensions={"x-optional-fields": ["notes"]})
class SignedInSerializer(TokensSerializer):
    """The response to a sign-in. `notes` is only there if there is something to tell."""

    user = UserSerializer()
    notes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="What the user has to know: that a mail has ended.",
    )
