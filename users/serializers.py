"""The serializers and the look-up of users. They save nothing, because views call services."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import iter_options

from core.fields import ChoiceField, OptionalBooleanField, TextField
from core.mail import require_mail
from core.pages.look_ups import LookUp
from core.serializers import CleanModelSerializer, example
from core.texts.cleaning import clean_text, refuse_misleading_name
from core.texts.locales import LANGUAGES
from users import services
from users.access.permissions import READERS, is_in_group
from users.access.roles import Role
from users.errors import NO_EMAIL, EmailNotConfirmed, RoleNotGiven
from users.models import MAX_USERNAME_LENGTH, Notices, User
from users.validators import MAX_TYPED_PASSWORD_LENGTH

NAMES = ("username", "email")
PASSWORD_OR_EMAIL = gettext_lazy("Send a password, or an email to which an invitation is sent.")
DEVELOPER_HELP = "Whether pages show what programs use: JSON, API keys, webhooks, events, seals and API addresses."
LANGUAGE_HELP = "The language of the user's pages: en, de, fr or es. null: the shop's."
ONLY_ONESELF = gettext_lazy("Only the user itself can change this.")
OPEN_ROLES = (Role.OWNER, Role.WORKER)  # people sign up with these
GIVEN_ROLES = frozenset(Role) - {Role.OWNER}  # the owner of a shop gives these
ROLE_SYNONYMS = {"admin": Role.OWNER, "staff": Role.WORKER}


class RoleField(ChoiceField):
    """One of the roles; also accepts `admin` for owner and `staff` for worker."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Role.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(ROLE_SYNONYMS.get(data, data) if isinstance(data, str) else data)

    def iter_options(self) -> Any:
        """Return the choices of a form: the roles that it can give."""
        given = self.parent.list_roles()  # type: ignore[attr-defined]
        return iter_options({role: label for role, label in self.choices.items() if role in given})


@extend_schema_field({"type": "string", "pattern": "^(daily|off)$"})
class NoticesField(ChoiceField):
    """`daily` or `off`. The schema has a text, because with an enum a Go client would define `off` twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Notices.choices, **kwargs)


@extend_schema_field({"type": "string", "pattern": "^(en|de|fr|es)$"})
class LanguageField(ChoiceField):
    """One of the languages. The schema has a text, because an enum for null would be a type of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(LANGUAGES.items()), **kwargs)


class SecretField(serializers.CharField):
    """A text that no response contains. A number is refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PasswordField(SecretField):
    """A password, exactly as typed: it is not trimmed and not normalised."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, write_only=True, max_length=MAX_TYPED_PASSWORD_LENGTH, **kwargs)


class UsernameField(TextField):
    """A user name, converted to NFKC before its length and characters are validated."""

    rule = staticmethod(partial(clean_text, form="NFKC"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_USERNAME_LENGTH, validators=[User.username_validator], **kwargs)


@extend_schema_serializer(extensions={"x-optional-fields": ["second_factor_due"]})
class UserSerializer(CleanModelSerializer):
    username = UsernameField()
    role = RoleField(required=False)
    notices = NoticesField(read_only=True, help_text="daily or off: mail about what is low on stock or expires soon.")

    language = LanguageField(read_only=True, allow_null=True, help_text=LANGUAGE_HELP)
    second_factor_due = serializers.DateTimeField(
        required=False, read_only=True, help_text="Until when the user has to set up a second factor, if it has to."
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id", "username", "email", "phone", "role", "is_active", "date_joined", "notices", "language",
            "developer", "second_factor_due",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = ("is_active", "date_joined", "notices", "language", "developer")
        # The titles that released clients have in their schema.
        extra_kwargs = {"email": {"label": "Email address"}, "is_active": {"label": "Active"}}
        extra_kwargs |= {"developer": {"help_text": DEVELOPER_HELP}}

    def to_representation(self, user: User) -> Any:
        """Return the user with the role that it has in its shop. `second_factor_due` is there only with a value."""
        row = {**super().to_representation(user), "role": user.acting_role, "is_active": user.is_admitted}
        if row["second_factor_due"] is None:
            del row["second_factor_due"]
        return row

    def save(self, **kwargs: Any) -> User:
        raise TypeError("Users are saved by users/services.py.")

    def list_roles(self) -> Collection[str]:
        """Return the roles that the request can give the user: those with which people sign up."""
        return OPEN_ROLES

    def validate_role(self, role: str) -> str:
        if role not in self.list_roles():
            raise RoleNotGiven(role=role)
        return role

    def validate_username(self, username: str) -> str:
        """Check the scripts of a new name. A user may keep its present name."""
        if self.instance is None or username != self.instance.username:
            refuse_misleading_name(username)
        return username


@example(username="mira", password="long-enough-9", email="mira@example.org")  # noqa: S106
class RegisterSerializer(UserSerializer):
    password = PasswordField()

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "password")


@example(username="mira", password="long-enough-9", email="mira@example.org")  # noqa: S106
class EmploySerializer(RegisterSerializer):
    """A user that an owner adds to its account. Without a password, the user gets an invitation by mail."""

    password = PasswordField(
        required=False,
        help_text="Leave it empty to mail an invitation to the address. Who signs up needs one.",
    )

    def list_roles(self) -> Collection[str]:
        """Return the roles that an owner gives."""
        return GIVEN_ROLES

    def validate_role(self, role: str) -> str:
        if role == Role.OWNER:
            raise serializers.ValidationError(gettext("A shop has one owner. Another owner has to sign up."))
        return super().validate_role(role)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a password or an e-mail address."""
        if "password" not in attrs and not attrs.get("email"):
            raise serializers.ValidationError({"password": [PASSWORD_OR_EMAIL]})
        return attrs


@example(username="robin", email="robin@example.org", phone="+44 20 7946 0123")
class ChangeUserSerializer(UserSerializer):
    """Changes the caller or one of its workers. Fields that may not be changed may be sent with their present value."""

    instance: Any
    password = PasswordField(required=False, help_text="A worker's new password, set by its employer.")
    is_active = OptionalBooleanField(required=False, help_text="False deactivates a worker, true reactivates it.")
    notices = NoticesField(
        required=False,
        help_text="daily or off. daily: a mail at 7 in the morning if something has become low or expires soon.",
    )

    language = LanguageField(required=False, allow_null=True, help_text=LANGUAGE_HELP)
    developer = OptionalBooleanField(required=False, help_text=DEVELOPER_HELP)

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "password")
        read_only_fields = ("date_joined",)

    @property
    def is_oneself(self) -> bool:
        return bool(self.instance.pk == self.context["request"].user.pk)

    @property
    def changes_name(self) -> bool:
        """Return whether the request contains a new user name or e-mail address."""
        sent = self.validated_data
        return any(sent.get(name, getattr(self.instance, name)) != getattr(self.instance, name) for name in NAMES)

    @property
    def changes_access(self) -> bool:
        """Return whether the request contains a password or a new e-mail address, which gets links to set one."""
        sent = self.validated_data
        return "password" in sent or sent.get("email", self.instance.email) != self.instance.email

    def list_roles(self) -> Collection[str]:
        """Return the roles that the user can get by this request, and the one that it has.

        The owner gives roles to its users, but not to a former owner, to whom the rows of the shop belong. A user
        without an employer opens a shop of its own as `owner`, unless support has made it a worker and it still has an
        account.
        """
        user: User = self.instance
        if not self.is_oneself:
            return {user.acting_role} if user.owns_shop else GIVEN_ROLES
        may_open = user.employer_id is None and not services.has_account(user)
        return {user.acting_role, Role.OWNER} if may_open else {user.acting_role}

    def validate_role(self, role: str) -> str:
        """Return the role to store, which is not that of a former owner or of its successor. Raise RoleNotGiven."""
        user: User = self.instance
        if role == user.acting_role:
            return user.role
        if role == Role.OWNER and not self.is_oneself:
            raise RoleNotGiven(role=role)
        if role not in self.list_roles():
            raise serializers.ValidationError(gettext("A role can't be changed."))
        return role

    def validate_notices(self, notices: str) -> str:
        """Accept `daily` for oneself with a confirmed address. Raise MailOff or EmailNotConfirmed."""
        if notices == self.instance.notices:
            return notices
        if not self.is_oneself:
            raise serializers.ValidationError(ONLY_ONESELF)
        if notices == Notices.DAILY:
            if not is_in_group(self.instance, READERS):
                raise serializers.ValidationError(gettext("A counter gets no notices."))
            require_mail()
            email = self.initial_data.get("email", self.instance.email)
            if not email:
                raise serializers.ValidationError(NO_EMAIL)
            if email != self.instance.confirmed_email:
                raise EmailNotConfirmed()
        return notices

    def validate_language(self, language: str | None) -> str | None:
        self.refuse_for_others("language", language)
        return language

    def validate_developer(self, developer: bool) -> bool:
        self.refuse_for_others("developer", developer)
        return developer

    def refuse_for_others(self, name: str, value: Any) -> None:
        """Raise ValidationError if the value would change this field of a worker."""
        if value != getattr(self.instance, name) and not self.is_oneself:
            raise serializers.ValidationError(ONLY_ONESELF)

    def validate_is_active(self, is_active: bool) -> bool:
        if self.is_oneself and not is_active:
            raise serializers.ValidationError(gettext("Close your own account with DELETE."))
        return is_active

    def validate_password(self, password: str) -> str:
        if self.is_oneself:
            raise serializers.ValidationError(gettext("Change your own password at /api/auth/password/."))
        return password


class DetailSerializer(serializers.Serializer):
    """A sentence for people."""

    detail = serializers.CharField()


# Who may read what people have done may choose among them.
USERS = LookUp("user", lambda user: User.objects.with_workers(user.shop_owner or user), name_field="username")
