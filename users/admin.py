"""Users in the support desk."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from core.admin import DeskAdmin, ReadOnlyMixin
from core.transactions import atomic
from users import events, services
from users.forms import AdminSignInForm, DeskUserForm, NewUserForm
from users.models import Attempt, EventKind, SecurityEvent, User

admin.site.login_form = AdminSignInForm
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DeskAdmin, DjangoGroupAdmin):
    """What the members of the support staff may do. Superusers alone say so: nobody gives rights to themselves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)


@admin.register(User)
class UserAdmin(DeskAdmin, DjangoUserAdmin):
    form, add_form = DeskUserForm, NewUserForm
    list_display = ("username", "email", "role", "employer", "is_active", "is_staff", "date_joined")
    list_filter = ("role", "is_active", "is_staff")
    list_select_related = ("employer",)
    search_fields = ("username", "email", "phone")
    autocomplete_fields = ("employer",)
    ordering = ("id",)
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("Account", {"fields": ("phone", "role", "employer")}))
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, ("Account", {"fields": ("email", "phone", "role", "employer")}))

    actions = ("deactivate", "reactivate", "lift_sign_in_lock")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Superusers alone say who is staff, and what they may do."""
        fields = super().get_readonly_fields(request, obj)
        return fields if is_superuser(request) else (*fields, *RIGHTS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look does not see what is stored of the password."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(name, {"fields": [f for f in options["fields"] if f != "password"]}) for name, options in fieldsets]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff is changed, and given passwords, by superusers alone."""
        return super().has_change_permission(request, obj) and (is_superuser(request) or not is_staff(obj))

    def has_admit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.admit_user")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Users are deactivated, never deleted: history keeps their names."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save what the form changed, the way the API does: workers of a closed account, and events, included."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed = [name for name in form.changed_data if name in form.base_fields and name not in MANY]
        services.change(obj, request=request, **{name: getattr(obj, name) for name in changed})

    @atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Django's page, and the event if it did change the password."""
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, form_url)
        if before is not None and before.password != User.objects.get(pk=before.pk).password:
            events.record(EventKind.PASSWORD_CHANGED, before, request)
        return response

    @admin.action(description="Deactivate: sign out at once, an owner's workers too", permissions=["admit"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset.filter(is_active=True), services.deactivate, "Deactivated")

    @admin.action(description="Reactivate", permissions=["admit"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset.filter(is_active=False), services.reactivate, "Reactivated")

    @admin.action(description="Lift sign-in lock", permissions=["admit"])
    def lift_sign_in_lock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.each(request, queryset, services.lift_sign_in_lock, "Wrong sign-ins forgotten")

    def each(self, request: HttpRequest, users: QuerySet[User], act: Callable[..., bool], done: str) -> None:
        """Do it to each of the users that this member of the staff may touch, leave a trace of it, and say so."""
        touched = [user for user in users if may_touch(request, user) and self.once(request, user, act, done)]
        names = ", ".join(str(user) for user in touched)
        self.message_user(request, f"{done}: {names}." if touched else "There was nobody to do this for.")

    @atomic
    def once(self, request: HttpRequest, user: User, act: Callable[..., bool], done: str) -> bool:
        """Whether it had an effect; then the trace stands beside it in the same transaction."""
        if not act(user, request):
            return False
        self.log_change(request, user, f"{done}.")
        return True


MANY = ("groups", "user_permissions", "password")  # saved by the form itself, or on a page of their own
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def is_staff(user: User | None) -> bool:
    return user is not None and (user.is_staff or user.is_superuser)


def may_touch(request: HttpRequest, user: User) -> bool:
    """Nobody shuts themselves out, and superusers alone touch staff."""
    return user.pk != request.user.pk and (is_superuser(request) or not is_staff(user))


@admin.register(LogEntry)
class TraceAdmin(ReadOnlyMixin, DeskAdmin):
    """What the staff did here: there to be read."""

    list_display = ("action_time", "user", "action_flag", "content_type", "object_repr", "change")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("user__username", "object_repr")
    ordering = ("-id",)

    @admin.display(description="what")
    def change(self, obj: LogEntry) -> str:
        return obj.get_change_message()


@admin.register(Attempt)
class AttemptAdmin(DeskAdmin):
    """What was tried too often. Deleting a row lifts the lock."""

    list_display = ("key", "count", "expires_at")
    search_fields = ("key",)
    ordering = ("-expires_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyMixin, DeskAdmin):
    """Locks, passwords, activity and roles: there to be read."""

    list_display = ("created_at", "kind", "user", "account", "actor", "address")
    list_filter = ("kind",)
    list_select_related = ("user", "account", "actor")
    search_fields = ("user__username", "address")
    ordering = ("-id",)
