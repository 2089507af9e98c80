"""Users in the support desk."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from inventory_api.admin import DeskAdmin
from users import services
from users.forms import AdminSignInForm
from users.models import Attempt, User

admin.site.login_form = AdminSignInForm
admin.site.unregister([OutstandingToken, BlacklistedToken, Group])


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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save what the form changed; deactivating goes the way the API goes, so that tokens stop at once."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=[name for name in form.changed_data if name in form.base_fields and name not in MANY])
        if "is_active" in form.changed_data and not obj.is_active:
            services.deactivate(obj)

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
