"""The rules for passwords that Django does not have."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.sentences import fill

# The limit of a password at sign-in. It is higher than that of a new one, because a command may set a longer one.
MAX_TYPED_PASSWORD_LENGTH = 4096


class MaximumLengthValidator:
    """Refuses a long password, to limit the work of hashing it."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            said = fill("This password is longer than {limit} characters.", limit=self.max_length)
            raise ValidationError(said, "password_too_long")

    def get_help_text(self) -> str:
        return f"Your password can't be longer than {self.max_length} characters."


class NotBlankValidator:
    """Refuses a password that consists of white space."""

    def validate(self, password: str, user: Any = None) -> None:
        if not password.strip():
            raise ValidationError(_("This password consists of white space."), "password_blank")

    def get_help_text(self) -> str:
        return "Your password can't consist of white space."


class NotDemoPasswordValidator:
    """Refuses the published password of the demo, outside of demo mode."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == settings.DEMO_PASSWORD and not settings.DEMO:
            raise ValidationError(
                _("This password is printed in the documentation. Choose another one."), "password_printed"
            )

    def get_help_text(self) -> str:
        return "Your password can't be the one that is printed in the documentation."
