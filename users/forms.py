"""Passwords asked for on a page: Django's forms under the same guard as the API's sign-in."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AdminUserCreationForm, AuthenticationForm, UserChangeForm
from django.contrib.auth.forms import UsernameField as DjangoUsernameField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from rest_framework.exceptions import APIException, Throttled

from core.text import clean_text
from users import login_throttling, services
from users.models import MAX_USERNAME_LENGTH, Role, User
from users.scripts import refuse_misleading
from users.validators import MAX_TYPED_PASSWORD_LENGTH

HAS_ACCOUNT = (
    "This owner has workers or rows, which nobody could reach any more. "
    "Deactivate the owner instead: that closes the account, and keeps it for the day you reactivate it."
)


class Guarded:
    """`refusal` says why the form was not looked at: too many wrong sign-ins, or too many at once."""

    refusal: APIException | None = None

    @contextmanager
    def guard(self, request: Any, username: str) -> Iterator[None]:
        """Counts the block as a wrong sign-in if it raises, and does not let it begin while too many are counted."""
        try:
            with login_throttling.sign_in(request, username) as succeeded:
                yield
                succeeded()
        except (Throttled, login_throttling.TooBusy) as refusal:
            self.refusal = refusal
            raise ValidationError(in_words(refusal), refusal.default_code) from None


class UsernameField(DjangoUsernameField):
    """The name of a user, in its normal form."""

    def to_python(self, value: Any) -> str:
        return clean_text(forms.CharField.to_python(self, value) or "", MAX_USERNAME_LENGTH, "NFKC")


def bound(password: forms.Field) -> None:
    """Refuse a password that is too long before it is hashed."""
    password.validators.append(MaxLengthValidator(MAX_TYPED_PASSWORD_LENGTH))


class SignInForm(Guarded, AuthenticationForm):
    """A name and a password."""

    username = UsernameField(widget=forms.TextInput(attrs={"autofocus": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound(self.fields["password"])

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("username") and self.cleaned_data.get("password")):
            return super().clean()
        with self.guard(self.request, self.cleaned_data["username"]):
            return super().clean()


def in_words(refusal: Throttled | login_throttling.TooBusy) -> str:
    """For a page: the pause in seconds or minutes."""
    if isinstance(refusal, login_throttling.TooBusy):
        return refusal.default_detail
    seconds = math.ceil(getattr(refusal, "wait", None) or 1)
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"Too many wrong sign-ins. Try again in {number} {unit}{'s' if number > 1 else ''}."


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for the support desk."""


class OwnPasswordForm(Guarded, AdminPasswordChangeForm):
    """A new password for oneself, by the old one."""

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        bound(self.fields["old_password"])

    def clean_old_password(self) -> str:
        with self.guard(self.request, self.user.get_username()):
            return super().clean_old_password()


class NewUserForm(AdminUserCreationForm):
    """A new user, made at the support desk."""

    def clean_username(self) -> Any:
        username = super().clean_username()
        refuse_misleading(username or "")
        return username


class DeskUserForm(UserChangeForm):
    """The support desk's form of a user."""

    def clean_username(self) -> Any:
        """Refuse a new name of several scripts: an older name stays as it is."""
        username = self.cleaned_data["username"]
        if username != self.instance.username:
            refuse_misleading(username)
        return username

    def clean_role(self) -> str:
        """Refuse to demote an owner whose workers or rows nobody could reach afterwards."""
        role: str = self.cleaned_data["role"]
        stored = User.objects.get(pk=self.instance.pk)
        if stored.role == Role.OWNER and role != Role.OWNER and services.has_account(stored):
            raise ValidationError(HAS_ACCOUNT)
        return role
