"""What the support desk's pages of users and of their keys share."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import BaseAdmin
from core.database.transactions import atomic
from users.callers import Caller
from users.models import User


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def is_staff(user: User | None) -> bool:
    return user is not None and (user.is_staff or user.is_superuser)


class AdmittingAdmin(BaseAdmin):
    """The admin of users or their keys, with actions that need the permission to admit users."""

    subject, nothing = "user", "No user was changed."  # the argument of the services, and what is said if all refuse

    def has_admit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.admit_user")

    def get_user(self, row: Any) -> User:
        return row  # type: ignore[no-any-return]

    def apply(self, request: HttpRequest, rows: QuerySet, service: Callable[..., bool], done: str) -> None:
        """Call the service for each row that the caller may act on, and show the names of those it changed."""
        changed = [row for row in rows if self.apply_to(request, row, service, done)]
        self.message_user(request, f"{done}: {', '.join(map(str, changed))}." if changed else self.nothing)

    @atomic
    def apply_to(self, request: HttpRequest, row: Any, service: Callable[..., bool], done: str) -> bool:
        """Call the service. If it has changed something, log this in the same transaction. Return whether it has."""
        user = self.get_user(row)
        # Nobody acts on oneself, and only superusers act on staff.
        may_act = user.pk != request.user.pk and (is_superuser(request) or not is_staff(user))
        if not may_act or not service(by=Caller.of(request), **{self.subject: row}):
            return False
        self.log_change(request, row, f"{done}.")
        return True
