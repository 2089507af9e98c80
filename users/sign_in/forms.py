"""The form with which support staff changes its own password, and the sentence of a form that is refused for a time."""

import math
from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext, ngettext
from rest_framework.exceptions import APIException, Throttled

from core.sentences import fill
from core.translation import gettext_noop
from users.access.callers import Caller
from users.sign_in import throttling
from users.validators import MAX_TYPED_PASSWORD_LENGTH

SIGN_INS = gettext_noop("wrong sign-ins")


def describe_throttling(seconds: float, limited: str = SIGN_INS) -> str:
    """Return what a form says if there were too many of what the limit counts."""
    number = math.ceil(seconds)
    wait = ngettext("{number} second", "{number} seconds", number)
    if number >= 60:
        number = math.ceil(number / 60)
        wait = ngettext("{number} minute", "{number} minutes", number)
    return fill("Too many {what}. Try again in {time}.", what=gettext(limited), time=wait.format(number=number))


class OwnPasswordForm(AdminPasswordChangeForm):
    """Counts a wrong old password as a wrong sign-in. `refusal` is the error if the form is refused for a time."""

    refusal: APIException | None = None

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["old_password"].validators.append(MaxLengthValidator(MAX_TYPED_PASSWORD_LENGTH))

    def clean_old_password(self) -> str:
        by, username = Caller.of(self.request), self.user.get_username()
        try:
            with throttling.limit_sign_in(by=by, username=username) as succeeded:
                old_password: str = super().clean_old_password()
                succeeded()
        except (Throttled, throttling.TooBusy) as refusal:
            self.refusal = refusal
            wait: float = getattr(refusal, "wait", None) or 1
            is_busy = isinstance(refusal, throttling.TooBusy)
            raise ValidationError(str(refusal) if is_busy else describe_throttling(wait)) from None
        return old_password
