"""Password rules beyond Django's own."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

# Of a password that somebody signs in with: a command may have set one that is longer than MAX_PASSWORD_LENGTH.
MAX_TYPED_PASSWORD_LENGTH = 4096


class MaximumLengthValidator:
    """Bounds the work that hashing a password can cost."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(f"This password is longer than {self.max_length} characters.", "password_too_long")

    def get_help_text(self) -> str:
        return f"Your password can't be longer than {self.max_length} characters."


class NotBlankValidator:
    """Refuses a password of white space alone."""

    def validate(self, password: str, user: Any = None) -> None:
        if not password.strip():
            raise ValidationError("This password is white space alone.", "password_blank")

    def get_help_text(self) -> str:
        return "Your password can't be white space alone."


class NotPrintedValidator:
    """Refuses the password that everybody has read, except in the demo itself."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == settings.PRINTED_PASSWORD and not settings.DEMO:
            raise ValidationError("This password is printed in the documents.", "password_printed")

    def get_help_text(self) -> str:
        return "Your password can't be the one that is printed in the documents."
