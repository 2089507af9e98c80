"""Users in the support desk."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from inventory_api.admin import DeskAdmin, ReadOnly
from users import events, services
from users.forms import AdminSignInForm
from users.models import Attempt, EventKind, SecurityEvent, User

admin.site.login_form = AdminSignInForm
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DeskAdmin, DjangoGroupAdmin):
    """What the members of the support staff may do."""


@admin.register(User)
class UserAdmin(DeskAdmin, DjangoUserAdmin):
    list_display = ("username", "email", "role", "employer", "is_active", "is_staff", "date_joined")
    list_filter = ("role", "is_active", "is_staff")
    list_select_related = ("employer",)
    search_fields = ("username", "email", "phone")
    autocomplete_fields = ("employer",)
    ordering = ("id",)
    fieldsets = (*(DjangoUserAdmin.fieldsets or ()), ("Account", {"fields": ("phone", "role", "employer")}))
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, ("Account", {"fields": ("email", "phone", "role", "employer")}))

    actions = ("lift_sign_in_lock",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save what the form changed, the way the API does: workers of a closed account, and events, included."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed = [name for name in form.changed_data if name in form.base_fields and name not in MANY]
        services.change(obj, request=request, **{name: getattr(obj, name) for name in changed})

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Django's page, and the event if it did change the password."""
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, form_url)
        if before is not None and before.password != User.objects.get(pk=before.pk).password:
            events.record(EventKind.PASSWORD_CHANGED, before, request)
        return response

    @admin.action(description="Lift sign-in lock", permissions=["change"])
    def lift_sign_in_lock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        lifted = [str(user) for user in queryset if services.lift_sign_in_lock(user, request)]
        words = f"Wrong sign-ins forgotten: {', '.join(lifted)}." if lifted else "There was nothing to lift."
        self.message_user(request, words)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Users are deactivated, never deleted: history keeps their names."""
        return False


MANY = ("groups", "user_permissions", "password")  # saved by the form itself, or on a page of their own


@admin.register(Attempt)
class AttemptAdmin(DeskAdmin):
    """What was tried too often. Deleting a row lifts the lock."""

    list_display = ("key", "count", "expires_at")
    search_fields = ("key",)
    ordering = ("-expires_at",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnly, DeskAdmin):
    """Locks, passwords, activity and roles: there to be read."""

    list_display = ("created_at", "kind", "user", "actor", "address")
    list_filter = ("kind",)
    list_select_related = ("user", "actor")
    search_fields = ("user__username", "address")
    ordering = ("-id",)
    show_full_result_count = False
