"""The support desk's pages for API keys and counters, and the base of those of users."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.database.transactions import atomic
from core.support.admin import AccountFilter, BaseAdmin, ReadOnlyMixin, ServiceAdmin, show_rows
from users.access.permissions import Caller
from users.keys import services as keys
from users.models import ApiKey, AttemptCounter, ClosedAccount, SecurityEvent, User


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


@admin.register(AttemptCounter)
class AttemptCounterAdmin(BaseAdmin):
    """The counters of sign-ins, sign-ups and changed names. Deleting a row resets the counter."""

    group = "People and access"
    title = "Counted sign-ins"
    list_display = ("key", "count", "expires_at")
    search_fields = ("key",)
    ordering = ("-expires_at",)
    has_add_permission = ReadOnlyMixin.has_add_permission
    has_change_permission = ReadOnlyMixin.has_change_permission


class KeyAccountFilter(AccountFilter):
    """Filters by the account of the user who has the key."""

    def build_condition(self, row: Any) -> dict[str, Any]:
        return {"user__in": User.objects.with_workers(row)}


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyMixin, AdmittingAdmin):
    """The API keys without their digests. Read-only, but staff can revoke keys."""

    group = "People and access"
    of_account = True
    list_display = fields = (
        "name", "user", "scope", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at",
        "is_device",
    )  # fmt: skip
    list_filter = (KeyAccountFilter, "scope")
    list_select_related = ("user", "user__employer")
    search_fields = ("user__username", "name", "prefix")
    ordering = ("-id",)
    actions = ("revoke",)
    subject, nothing = "key", "No key was revoked."

    def get_user(self, row: Any) -> User:
        return row.user  # type: ignore[no-any-return]

    def get_account(self, obj: Any) -> Any:
        return obj and (obj.user.employer or obj.user)

    @admin.action(description="Revoke", permissions=["admit"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self.apply(request, queryset, keys.revoke, "Revoked")


show_rows(
    SecurityEvent,
    "created_at kind user account actor api_key address",
    base=ServiceAdmin,
    list_filter=("kind",),
    search_fields=("user__username", "address"),
    get_account=lambda _admin, event: event and event.account,
    group="People and access",
)
show_rows(
    ClosedAccount,
    "account_number due_at started_at closed_at reason counts",
    base=ServiceAdmin,
    title="Closed shops",
    search_fields=("reason",),
    group="People and access",
)
