"""Remove the second factors of a user for the operator, for instance if the only superuser has lost its phone."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.access.permissions import Caller
from users.models import User
from users.sign_in.factors.services import remove_all_factors

logger = logging.getLogger("users.factors")


class Command(BaseCommand):
    help = "Remove all second factors of this user at once. Its password alone signs it in afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why, for the log; without names")

    def handle(self, *args: Any, username: str, reason: str, **options: Any) -> None:
        user: User | None = User.objects.named(username).select_related("employer").first()
        if user is None or not remove_all_factors(by=Caller(), user=user):
            raise CommandError(f"{username} has no second factor.")
        logger.info("second factors were removed", extra={"fields": {"user": user.pk, "reason": reason}})
        self.stdout.write(f"The second factors of {user} are removed.")
