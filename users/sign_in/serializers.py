"""The serializers of sign-in, sign-out, passwords, links by mail, and second factors."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.fields import EmailField, OptionalBooleanField, TextField
from core.serializers import CachedFieldsSerializer, CleanModelSerializer, example
from users.models import MAX_EMAIL_LENGTH, MAX_FACTOR_NAME_LENGTH, MAX_USERNAME_LENGTH, Factor
from users.serializers import PasswordField, SecretField, UserSerializer
from users.sign_in import password_services
from users.sign_in.factors.passkeys import MAX_CHALLENGE_LENGTH


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
    uid = serializers.CharField(max_length=password_services.MAX_UID_LENGTH)
    token = serializers.CharField(max_length=password_services.MAX_TOKEN_LENGTH)


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


MAX_CODE_LENGTH = 64
CODE_HELP = "The code of the authenticator app, or a recovery code. Spaces and hyphens do not matter."
EXAMPLE_CREDENTIAL: dict[str, Any] = {"id": "k9s…", "rawId": "k9s…", "type": "public-key", "response": {}}
CREDENTIAL_HELP = "What the browser has answered, as `PublicKeyCredential.toJSON()` writes it."


@extend_schema_serializer(extensions={"x-optional-fields": ["left"]})
class FactorSerializer(CleanModelSerializer):
    """A second factor, without its secret. `left` is the number of recovery codes that were not used yet."""

    kind = serializers.CharField(read_only=True, help_text="totp, passkey or recovery.")
    left = serializers.IntegerField(required=False, read_only=True, help_text="Only of kind recovery.")

    class Meta:
        model = Factor
        fields: tuple[str, ...] = ("id", "kind", "name", "created_at", "last_used_at", "left")
        read_only_fields = fields

    def to_representation(self, factor: Factor) -> Any:
        """Return the factor, with `left` only for recovery codes."""
        row = super().to_representation(factor)
        if row["left"] is None:
            del row["left"]
        return row


class CodeField(SecretField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_CODE_LENGTH, write_only=True, help_text=CODE_HELP, **kwargs)


class CredentialField(serializers.DictField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(write_only=True, help_text=CREDENTIAL_HELP, **kwargs)


def require_one(attrs: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the values. Raise ValidationError unless exactly one of the fields has been sent."""
    if len(attrs.keys() & set(names)) != 1:
        raise serializers.ValidationError(gettext("Send exactly one of these: {names}.").format(names=", ".join(names)))
    return attrs


@example(code="492039")
class AppCodeSerializer(CachedFieldsSerializer):
    code = CodeField()


@example(name="phone")
class NewAppSerializer(CachedFieldsSerializer):
    name = TextField(max_length=MAX_FACTOR_NAME_LENGTH, required=False, help_text="By which you recognise it.")
    replace = OptionalBooleanField(required=False, help_text="true: its first code replaces the app that you have.")


class AppSerializer(serializers.Serializer):
    """The secret of a new authenticator app. It is shown only once."""

    id = serializers.IntegerField()
    secret = serializers.CharField(help_text="In Base32, to type into an app.")
    uri = serializers.CharField(help_text="The otpauth address that a QR code has.")
    svg = serializers.CharField(help_text="The QR code.")


class NewCodesSerializer(serializers.Serializer):
    """Ten codes that each work once. They are shown only once; without any the list is empty."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


@example(name="laptop", credential=EXAMPLE_CREDENTIAL)
class NewPasskeySerializer(CachedFieldsSerializer):
    name = TextField(max_length=MAX_FACTOR_NAME_LENGTH, help_text="By which you recognise it.")
    credential = CredentialField()


class MadePasskeySerializer(FactorSerializer):
    recovery_codes = serializers.ListField(child=serializers.CharField(), help_text="Ten with the first factor.")

    class Meta(FactorSerializer.Meta):
        fields = (*FactorSerializer.Meta.fields, "recovery_codes")


class OptionsSerializer(serializers.Serializer):
    """The options for `navigator.credentials`, as `PublicKeyCredential.parse…OptionsFromJSON()` reads them."""

    challenge = serializers.CharField()


@example(credential=EXAMPLE_CREDENTIAL)
class PasskeySignInSerializer(CachedFieldsSerializer):
    credential = CredentialField()


class SecondStepSerializer(CachedFieldsSerializer):
    """The second step of a sign-in: its challenge, and a code or a passkey."""

    challenge = serializers.CharField(max_length=MAX_CHALLENGE_LENGTH, write_only=True)
    code = CodeField(required=False)
    credential = CredentialField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return require_one(attrs, "code", "credential")


@extend_schema_serializer(component_name="Login")  # the name of release 1.0.0, which generated clients use
class SignInSerializer(LoginSerializer, SecondStepSerializer):
    """`username` and `password`; or, for a user with a second factor, `challenge` with `code` or `credential`."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


@example(password=settings.DEMO_PASSWORD)
class FreshProofSerializer(CachedFieldsSerializer):
    """`code` or `credential`; `password`, if you have no second factor."""

    password = PasswordField(required=False)
    code = CodeField(required=False)
    credential = CredentialField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        has_factor = self.context["request"].user.second_factor_since is not None
        return require_one(attrs, *(("code", "credential") if has_factor else ("password",)))


class AccessSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="An access token with the proof.")
