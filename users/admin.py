"""The support desk's pages for users and groups."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse

from core.database.transactions import atomic
from core.support.admin import BaseAdmin, ReadOnlyMixin, column
from core.texts.folding import match_text
from users import services
from users.access.permissions import Caller
from users.access.roles import Role
from users.access.services import deactivate, hand_over_if_possible
from users.events import services as events
from users.forms import ChangeUserForm, NewUserForm, ReasonForm
from users.leaving import services as erasing_services
from users.models import STAFF, EventKind, User
from users.security_admin import AdmittingAdmin, is_staff, is_superuser
from users.sign_in import password_services, rate_limits
from users.sign_in import services as sign_in_services
from users.sign_in.factors.services import let_factors_end
from users.sign_in.view_bases import ask_for_proof

IS_STAFF = Q(is_staff=True) | Q(is_superuser=True)

SHOP_FIELDS = (
    "shop_name", "time_zone", "currency", "country", "uses_payments", "uses", "csv_format", "shop_language",
    "scale_codes", "tiles", "label_size", "label_code", "workers_sell_at_list_price", "workers_date_back",
    "prices_include_tax", "shop_address", "tax_number", "receipt_note",
)  # fmt: skip

admin.site.unregister(Group)


def may_open_desk(request: HttpRequest) -> bool:
    """Return whether the caller is staff, and has a second factor if staff needs one."""
    user: Any = request.user
    return AdminSite.has_permission(admin.site, request) and not user.must_set_up_factor


admin.site.has_permission = may_open_desk  # type: ignore[method-assign]


@admin.register(Group)
class GroupAdmin(BaseAdmin, DjangoGroupAdmin):
    """The groups of staff. Only superusers change them, so that nobody can extend their own rights."""

    group = "People and access"
    title = "Groups of staff"

    def is_allowed(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    has_add_permission = has_change_permission = has_delete_permission = is_allowed

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the page. The rights of a group are changed only with a fresh proof."""
        return ask_for_proof(request) or super().changeform_view(request, *args, **kwargs)


class RoleFilter(admin.SimpleListFilter):
    """Filters by owners, workers and staff. Members of staff have the role of a worker, but work in no shop."""

    title, parameter_name = "role", "role__exact"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, str]]:
        return [*Role.choices, (STAFF.lower(), STAFF)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        if self.value() == STAFF.lower():
            return queryset.filter(IS_STAFF)
        found = queryset.filter(role=self.value())
        return found.exclude(IS_STAFF) if self.value() == Role.WORKER else found


def make_action(
    description: str, service: Callable[..., bool], done: str, permission: str = "admit", *, asks_reason: bool = False
) -> Any:
    """Return an action that calls the service for the selected users. Some need a fresh proof and a reason."""

    @admin.action(description=description, permissions=[permission])
    def act(self: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        if asks_reason and (asking := ask_for_proof(request)):
            return asking
        reason = request.POST.get("reason", "").strip()
        if asks_reason and not reason:
            self.message_user(request, REASON_MISSING, messages.ERROR)
        else:
            self.apply(request, queryset, service, f"{done} ({reason})" if asks_reason else done)
        return None

    return act


@admin.register(User)
class UserAdmin(AdmittingAdmin, DjangoUserAdmin):
    group = "People and access"
    title = "Users and shops"
    found = "users"
    form, add_form = ChangeUserForm, NewUserForm
    list_display = ("username", "email", "shown_role", "employer", "is_admitted", "is_staff", "date_joined")
    list_filter = (RoleFilter, "is_active", "is_staff")
    list_select_related = ("employer",)
    search_fields = ("username", "email", "phone", "shop_name")
    autocomplete_fields = ("employer",)
    ordering = ("id",)
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        (
            "Account",
            {
                "fields": (
                    "email_confirmed",
                    "second_factor_since",
                    "phone",
                    "language",
                    "developer",
                    "role",
                    "employer",
                )
            },
        ),
        ("Shop, set by its owner", {"fields": SHOP_FIELDS}),
    )
    readonly_fields = (*SHOP_FIELDS, "email_confirmed", "second_factor_since", "last_login", "date_joined")
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, ("Account", {"fields": ("email", "phone", "role", "employer")}))

    shown_role = column("role", lambda user: user.shown_role, ordering="role")
    is_admitted = column("active", lambda user: user.is_admitted, boolean=True, ordering="is_active")
    email_confirmed = column("e-mail address confirmed", lambda user: user.email_confirmed, boolean=True)

    action_form = ReasonForm
    actions = ("deactivate", "reactivate", "lift_sign_in_lock", "send_link", "remove_factors", "hand_over", "erase")

    def find(self, text: str, limit: int) -> list[User]:
        """Return users with the text in their name, e-mail address or shop. Whole matches come first."""
        name, address = Lower(Value(User.normalize_username(text))), Lower(Value(text))
        users = User.objects.select_related("employer").order_by("id")
        is_exact = Q(username__lower=name) | Q(email__lower=address) | Q(shop_name__iexact=text)
        exact = list(users.filter(is_exact)[:limit])
        parts = match_text(text, ["username", "email", "shop_name"])
        others = users.filter(parts).exclude(pk__in=[user.pk for user in exact])
        return [*exact, *others[: limit - len(exact)]]

    def has_mail_permission(self, request: HttpRequest) -> bool:
        """Return whether the caller may let the service send mail to users, and the service can."""
        return settings.MAIL_ON and self.has_admit_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the read-only fields. Only superusers may change who is staff, and which rights staff has."""
        fields = super().get_readonly_fields(request, obj)
        return fields if is_superuser(request) else (*fields, *RIGHTS_FIELDS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets without fields that the user lacks, and without a hash that the caller can't replace."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        may_change = self.has_change_permission(request, obj)
        hidden = set() if obj.owns_shop else {*SHOP_FIELDS}
        hidden |= ({"employer"} if is_staff(obj) else set()) | (set() if may_change else {"password"})
        shown = [(name, [field for field in options["fields"] if field not in hidden]) for name, options in fieldsets]
        if not may_change:
            shown = [(name, ["shown_role" if field == "role" else field for field in fields]) for name, fields in shown]
        return [(name, {"fields": fields}) for name, fields in shown if fields]

    def get_account(self, obj: Any) -> Any:
        return obj

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the caller may change the user. Only superusers may change staff, and nobody the erased."""
        may_change = super().has_change_permission(request, obj) and (is_superuser(request) or not is_staff(obj))
        return may_change and not (obj and obj.erased_at)

    # Users are deactivated instead of deleted, because the history keeps their names.
    has_delete_permission = ReadOnlyMixin.has_delete_permission

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the changed fields by the service, which also deactivates an owner's workers and records events."""
        if not change:
            obj.developer = obj.employer.leader.developer if obj.employer else obj.developer
            super().save_model(request, obj, form, change)
            return
        changed = [
            name for name in form.changed_data if name in form.base_fields and name not in FIELDS_SAVED_ELSEWHERE
        ]
        services.change_user(by=Caller.of(request), user=obj, **{name: getattr(obj, name) for name in changed})

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Return the page. A new e-mail address of an existing user, and the rights of staff, need a fresh proof."""
        user = self.get_object(request, unquote(object_id)) if object_id and request.method == "POST" else None
        needs_proof = user and (request.POST.get("email", "") != user.email or concerns_rights(request, user))
        if needs_proof and (asking := ask_for_proof(request)):
            return asking
        with transaction.atomic():  # the lock makes sure that the form is compared with the row that it changes
            if user:
                User.objects.select_for_update(no_key=True).get(pk=user.pk)
            return super().changeform_view(request, object_id, *args, **kwargs)

    @atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Return Django's page for a user's password. If it has changed the password, record an event."""
        if asking := ask_for_proof(request):
            return asking
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, form_url)
        if before is not None and before.password != User.objects.get(pk=before.pk).password:
            events.record_security_event(by=Caller.of(request), user=before, kind=EventKind.PASSWORD_CHANGED)
            rate_limits.tell_user(before, "password_changed", is_limited=False)
        return response

    @admin.action(description="Deactivate and sign out, including an owner's workers", permissions=["admit"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.apply(request, queryset.filter(is_active=True), deactivate, "Deactivated")

    reactivate = make_action("Reactivate", services.reactivate, "Reactivated")
    lift_sign_in_lock = make_action("Lift sign-in lock", sign_in_services.lift_sign_in_lock, "Sign-in lock lifted")
    send_link = make_action(
        "Send a link to set a password", password_services.send_link, "Link to set a password sent", "mail"
    )
    remove_factors = make_action(
        "Remove second factors", let_factors_end, "Second factors end in 24 hours", asks_reason=True
    )
    hand_over = make_action(
        "Make the owner of its shop", hand_over_if_possible, "Made the owner of its shop", "change", asks_reason=True
    )
    erase = make_action("Erase for ever", erasing_services.erase_if_possible, "Erased", "change", asks_reason=True)


REASON_MISSING = "Enter a reason to make somebody an owner, to erase or to remove second factors."
# The form itself or another page saves these fields.
FIELDS_SAVED_ELSEWHERE = ("groups", "user_permissions", "password")
RIGHTS_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


def concerns_rights(request: HttpRequest, user: User) -> bool:
    """Return whether the form may change who is staff, or which rights staff has."""
    return is_superuser(request) and (is_staff(user) or any(name in request.POST for name in RIGHTS_FIELDS))
