"""Create an owner. Services without sign-ups need this command."""

import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError
from rest_framework import exceptions

from core.database.constraints import find_constraint
from core.errors import DomainError
from core.texts.cleaning import clean_text, refuse_misleading_name
from users import services
from users.access.permissions import Caller
from users.models import MAX_USERNAME_LENGTH, User


class Command(BaseCommand):
    help = "Create the owner of a new shop. Asks for a password, or mails a link to set one with --invite."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="", help="the owner's e-mail address")
        parser.add_argument("--invite", action="store_true", help="mail a link, valid for 7 days, to set a password")

    def handle(self, *args: Any, username: str, email: str, invite: bool, **options: Any) -> None:
        if invite and not email:
            raise CommandError("--invite needs --email.")
        try:
            check_names(username, email)
            password = None if invite else self.ask_password()
            owner = services.register(by=Caller(), username=username, password=password, email=email)
        except (ValidationError, exceptions.ValidationError, DomainError, IntegrityError) as error:
            raise CommandError(join_messages(error)) from None
        sent = f" A mail with a link is on its way to {owner.email}." if invite else ""
        self.stdout.write(f"{owner.username} owns a new shop.{sent}")

    def ask_password(self) -> str:
        """Return the password, which the user types twice. Raise CommandError without a terminal."""
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask for a password: run it in one, or add --invite --email.")
        password = getpass("Password: ")
        if getpass("Password (again): ") != password:
            raise CommandError("The two passwords differ.")
        return password


def check_names(username: str, email: str) -> None:
    """Raise ValidationError if the API would refuse the user name or the e-mail address."""
    User.username_validator(clean_text(username, MAX_USERNAME_LENGTH, "NFKC"))
    refuse_misleading_name(username)
    if email:
        validate_email(email)


def join_messages(error: Exception) -> str:
    if isinstance(error, IntegrityError):
        constraint = find_constraint(error)
        return str(constraint.get_violation_error_message()) if constraint else str(error)
    if isinstance(error, exceptions.ValidationError):
        return " ".join(str(text) for texts in dict(error.detail).values() for text in texts)  # type: ignore[arg-type]
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
