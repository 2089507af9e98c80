"""Signing in on a page: Django's forms under the same guard as the API's sign-in."""

import math
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from rest_framework.exceptions import Throttled

from users import attempts


class SignInForm(AuthenticationForm):
    """`wait` says for how many seconds the form is closed after too many wrong sign-ins."""

    wait: int | None = None

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("username") and self.cleaned_data.get("password")):
            return super().clean()
        try:
            with attempts.sign_in(self.request, self.cleaned_data["username"]) as succeeded:
                cleaned = super().clean()
                succeeded()
        except Throttled as refused:
            self.wait = math.ceil(getattr(refused, "wait", None) or 1)
            minutes = math.ceil(self.wait / 60)
            raise ValidationError(
                f"Too many wrong sign-ins. Try again in {minutes} minute{'s' if minutes > 1 else ''}.", "throttled"
            ) from None
        return cleaned


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for the support desk."""
