"""Close a shop for the operator, for instance because its owner has the right to it by law."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.access.permissions import Caller
from users.access.services import CLOSING_DAYS, begin_closing
from users.leaving.services import remove_portion
from users.models import MAX_REASON_LENGTH, ClosedAccount, User


class Command(BaseCommand):
    help = f"Close the shop of this owner, with --now at once, otherwise in {CLOSING_DAYS} days. Nobody can undo --now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the user that leads the shop")
        parser.add_argument("--now", action="store_true", help="remove all rows of the shop at once")
        parser.add_argument("--reason", required=True, help="why, for the list of closed accounts; without names")

    def handle(self, *args: Any, username: str, now: bool, reason: str, **options: Any) -> None:
        owner: User | None = User.objects.named(username).select_related("employer").first()
        if owner is None or not owner.leads_shop:
            raise CommandError(f"{username} leads no shop.")
        time_left = timedelta(days=0 if now else CLOSING_DAYS)
        account_id, closes_at = owner.account.pk, begin_closing(by=Caller(), owner=owner, time_left=time_left)
        line = {"due_at": closes_at, "reason": reason[:MAX_REASON_LENGTH]}
        ClosedAccount.objects.update_or_create(account_number=account_id, closed_at=None, defaults=line)
        while now and remove_portion(account_id):
            pass
        self.stdout.write(f"Account {account_id} {'is removed' if now else f'is removed after {closes_at:%Y-%m-%d}'}.")
