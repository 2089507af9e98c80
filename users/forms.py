"""Signing in on a page: Django's forms under the same guard as the API's sign-in."""

import math
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException, Throttled

from users import attempts


class SignInForm(AuthenticationForm):
    """`refusal` says why the form was not looked at: too many wrong sign-ins, or too many at once."""

    refusal: APIException | None = None

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("username") and self.cleaned_data.get("password")):
            return super().clean()
        try:
            with attempts.sign_in(self.request, self.cleaned_data["username"]) as succeeded:
                cleaned = super().clean()
                succeeded()
        except (Throttled, attempts.TooBusy) as refusal:
            self.refusal = refusal
            raise ValidationError(in_words(refusal), refusal.default_code) from None
        return cleaned


def in_words(refusal: Throttled | attempts.TooBusy) -> str:
    """For a page: the pause in seconds or minutes."""
    if isinstance(refusal, attempts.TooBusy):
        return refusal.default_detail
    seconds = math.ceil(getattr(refusal, "wait", None) or 1)
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"Too many wrong sign-ins. Try again in {number} {unit}{'s' if number > 1 else ''}."


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for the support desk."""
