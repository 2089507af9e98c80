"""The forms of pages that ask for a password. They have the same limits as the API."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.forms import UsernameField as DjangoUsernameField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled

from core.currencies import CURRENCIES, refuse_too_fine
from core.http.client_address import get_origin
from core.pages.forms import EmailFormField, LineField
from core.sentences import fill
from core.text import clean_text
from core.time_zones import list_zones
from core.translation import gettext_noop
from users.access.callers import Caller
from users.models import MAX_EMAIL_LENGTH, MAX_SHOP_NAME_LENGTH, MAX_USERNAME_LENGTH, User
from users.sign_in import services as sign_in_services
from users.sign_in import throttling
from users.sign_in.errors import UserInactive
from users.sign_in.factors.challenges import MAX_CHALLENGE_LENGTH
from users.sign_in.factors.errors import SecondFactorRequired
from users.sign_in.factors.models import MAX_NAME_LENGTH
from users.validators import MAX_TYPED_PASSWORD_LENGTH, refuse_misleading_name


class ThrottledForm:
    """A form that checks a password. `refusal` is the error if there were too many attempts, or it is too busy."""

    refusal: APIException | None = None
    limited = gettext_noop("wrong sign-ins")  # names what the limit counts

    @contextmanager
    def store_refusal(self) -> Iterator[None]:
        """Store a refusal that the block raises in `refusal`, and raise it as an error of the form."""
        try:
            yield
        except (Throttled, throttling.TooBusy) as refusal:
            self.refusal = refusal
            raise ValidationError(describe_throttling(refusal, self.limited), refusal.default_code) from None


class UsernameFormField(DjangoUsernameField):
    def to_python(self, value: Any) -> str:
        return clean_text(forms.CharField.to_python(self, value) or "", self.max_length or MAX_USERNAME_LENGTH, "NFKC")


def limit_length(password: forms.Field) -> None:
    password.validators.append(MaxLengthValidator(MAX_TYPED_PASSWORD_LENGTH))


class SignInForm(ThrottledForm, AuthenticationForm):
    staff_only = False
    second_step: dict[str, Any] | None = None
    username = UsernameFormField(widget=forms.TextInput(attrs={"autofocus": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username: Any = self.fields["username"]
        username.label, username.max_length = gettext("User name or e-mail address"), MAX_EMAIL_LENGTH
        username.widget.attrs["maxlength"] = MAX_EMAIL_LENGTH
        limit_length(self.fields["password"])

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            with self.store_refusal():
                self.user_cache = self.sign_in(username, password)
        return self.cleaned_data

    @sensitive_variables()
    def sign_in(self, username: str, password: str) -> User | None:
        """Return the user, or None if a second step follows, which `second_step` describes."""
        by, origin = Caller.anonymous(self.request), get_origin(self.request)
        fields: dict[str, Any] = {"username": username, "password": password, "staff_only": self.staff_only}
        try:
            user, _proved_at = sign_in_services.sign_in(by=by, origin=origin, **fields)
            return user
        except SecondFactorRequired as error:
            self.second_step = error.numbers
            return None
        except UserInactive as error:
            raise ValidationError(str(error.detail), error.default_code) from None
        except AuthenticationFailed:
            raise self.get_invalid_login_error() from None


class CredentialField(forms.JSONField):
    """What a passkey has answered. A script fills it."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError):  # a ValueError for a number of several thousand digits
            raise ValidationError(self.error_messages["invalid"], "invalid") from None


class SecondStepForm(ThrottledForm, forms.Form):
    """The second step of a sign-in. A script fills `credential` with what a passkey has answered."""

    password_field = "code"  # noqa: S105
    challenge = forms.CharField(max_length=MAX_CHALLENGE_LENGTH, widget=forms.HiddenInput)
    code = forms.CharField(max_length=64, required=False)
    credential = CredentialField(required=False)

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("code") or self.cleaned_data.get("credential")):
            self.add_error("code", gettext("Type the code that your app shows, or one of your recovery codes."))
        return self.cleaned_data


class PasskeyForm(ThrottledForm, forms.Form):
    """What a browser has answered by a passkey, and the name of a new one."""

    password_field = "credential"  # noqa: S105
    credential = CredentialField()
    name = LineField(max_length=MAX_NAME_LENGTH, required=False)


class ProofForm(ThrottledForm, forms.Form):
    """A password, or a code, or what a browser has answered by a passkey."""

    password_field = "proof"  # noqa: S105
    proof = forms.CharField(strip=False, max_length=MAX_TYPED_PASSWORD_LENGTH, required=False)
    credential = CredentialField(required=False)


def describe_throttling(refusal: Throttled | throttling.TooBusy, limited: str = ThrottledForm.limited) -> str:
    if isinstance(refusal, throttling.TooBusy):
        return str(refusal.default_detail)
    number = math.ceil(getattr(refusal, "wait", None) or 1)
    wait = ngettext("{number} second", "{number} seconds", number)
    if number >= 60:
        number = math.ceil(number / 60)
        wait = ngettext("{number} minute", "{number} minutes", number)
    return fill("Too many {what}. Try again in {time}.", what=gettext(limited), time=wait.format(number=number))


class SignUpForm(ThrottledForm, forms.Form):
    limited = gettext_noop("sign-ups")
    password_field = "password"  # noqa: S105
    username = UsernameFormField(
        max_length=MAX_USERNAME_LENGTH, validators=[User.username_validator, refuse_misleading_name]
    )
    email = EmailFormField(max_length=MAX_EMAIL_LENGTH, required=False)
    password = forms.CharField(strip=False, max_length=MAX_TYPED_PASSWORD_LENGTH, widget=forms.PasswordInput)
    shop_name = LineField(max_length=MAX_SHOP_NAME_LENGTH)
    time_zone = forms.ChoiceField(choices=[("", ""), *((name, name) for name in list_zones())])
    currency = forms.ChoiceField(
        choices=[("", ""), *((code, code) for code in CURRENCIES)], required=False, validators=[refuse_too_fine]
    )


class ResetForm(ThrottledForm, forms.Form):
    limited = gettext_noop("requests for a link")
    name = forms.CharField(max_length=MAX_EMAIL_LENGTH)


class CloseForm(ThrottledForm, forms.Form):
    password_field = "password"  # noqa: S105
    password = forms.CharField(strip=False, max_length=MAX_TYPED_PASSWORD_LENGTH, widget=forms.PasswordInput)


class NewPasswordForm(ThrottledForm, SetPasswordForm):
    """A new password, typed twice and set by a link. The view calls the service that saves it."""

    password_field = "new_password1"  # noqa: S105

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            limit_length(field)


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    staff_only = True


class OwnPasswordForm(ThrottledForm, AdminPasswordChangeForm):
    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        limit_length(self.fields["old_password"])

    def clean_old_password(self) -> str:
        by, username = Caller.of(self.request), self.user.get_username()
        with self.store_refusal(), throttling.limit_sign_in(by=by, username=username) as succeeded:
            old_password: str = super().clean_old_password()
            succeeded()
        return old_password
