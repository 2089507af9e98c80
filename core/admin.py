"""The support desk's base pages: saves only what was changed; the ledger is there to be read."""

from functools import wraps
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, transaction
from django.db.models import BinaryField, CharField, Model, QuerySet, TextField
from django.db.models import EmailField as EmailColumn
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from core.forms import EmailField, LineField, ListSearchForm, ParagraphsField
from core.ownership import delete_unlinked
from core.routers import parse_id
from core.transactions import AccountLock, atomic, lock_account
from core.violations import find_constraint

MAX_ROWS_COUNTED = 1000  # of a list: what lies further back is found by search and filters

admin.site.site_header = admin.site.site_title = "Support desk"
admin.site.index_title = "At a glance"
admin.site.enable_nav_sidebar = False  # it takes a fifth of a list's width; the front page has the same links


@wraps(delete_selected)
def delete_with_log_entries(*args: Any) -> Any:
    """Django's action: delete the rows and write that they are deleted, both in one transaction."""
    with transaction.atomic():
        return delete_selected(*args)


admin.site.add_action(delete_with_log_entries, "delete_selected")


class BoundedPaginator(Paginator):
    """Counts and pages no further than MAX_ROWS_COUNTED, however many rows there are."""

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MAX_ROWS_COUNTED + 1].count())

    @property
    def count(self) -> int:
        return min(self.counted, MAX_ROWS_COUNTED)

    @property
    def has_more(self) -> bool:
        return self.counted > MAX_ROWS_COUNTED


class DeskChangeList(ChangeList):
    """Takes a value in the address that the database can't hold for what it is: a wrong lookup, and no bug.

    Django judges the values by their form alone: the year 99999 and an offset past the first day are well-formed.
    """

    search_form_class = ListSearchForm

    def get_results(self, request: HttpRequest) -> None:
        try:
            with transaction.atomic():
                super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


class RowSelect(AutocompleteSelect):
    """Shows a refused form again, whatever was sent in place of an id: Django's looks for a row of that id."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if parse_id(str(each)) is not None], attrs)


class DeskAdmin(admin.ModelAdmin):
    """What every model's pages are built from. No list counts a whole table, or how many rows each filter finds."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    formfield_overrides: ClassVar[Any] = {
        CharField: {"form_class": LineField},
        EmailColumn: {"form_class": EmailField},
        TextField: {"form_class": ParagraphsField},
    }

    # No page links to these, and Django sends a wrong range to the database as broken SQL.
    refused_lookups = ("__range", "__regex", "__iregex")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        if lookup.endswith(self.refused_lookups) or self.is_binary(lookup.split("__", maxsplit=1)[0]):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def is_binary(self, name: str) -> bool:
        """Whether the field holds bytes, which no text in an address can be compared with."""
        return any(isinstance(field, BinaryField) and field.name == name for field in self.opts.fields)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """No row is called by a text that the database can't hold."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Return the page; if another request took a name or a code since the form was validated, say so on it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            constraint = find_constraint(error)
            if constraint is None:
                raise
            self.message_user(request, str(constraint.get_violation_error_message()), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """An action is for the rows that were ticked, never for all that the list has not even counted."""
        ticked: Any = request.POST.copy()
        ticked["select_across"] = "0"
        keys = ticked.getlist(ACTION_CHECKBOX_NAME)
        ticked.setlist(ACTION_CHECKBOX_NAME, [key for key in keys if self.is_key(key)])
        request.POST = ticked
        return super().response_action(request, *args, **kwargs)

    def is_key(self, text: str) -> bool:
        """Whether a row could be called so: by a text that the database can hold, else by an id."""
        return "\0" not in text if isinstance(self.opts.pk, CharField) else parse_id(text) is not None


class RowFilter(admin.SimpleListFilter):
    """The rows that belong to one other row, which the address names: there are too many to choose from."""

    model: type[Model]

    @cached_property
    def row(self) -> Any:
        return self.model._default_manager.filter(pk=parse_id(self.value() or "")).first()

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, str]]:
        """What the address names, and so a way back from it. Django leaves out a filter that has nothing to show."""
        if self.value() is None:
            return []
        return [(self.value(), str(self.row or "none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(**self.build_condition(self.row)) if self.row else queryset.none()

    def build_condition(self, row: Any) -> dict[str, Any]:
        """The condition names the owner as well: the indexes begin with it."""
        return {"owner_id": row.owner_id, f"{self.parameter_name}_id": row.pk}


class AccountFilter(RowFilter):
    title, parameter_name, model = "account", "owner", get_user_model()

    def build_condition(self, row: Any) -> dict[str, Any]:
        return {"owner_id": row.pk}


class OwnedForm(forms.ModelForm):
    """Judges each constraint by the whole row: the owner, for one, is not in the form but in almost all of them."""

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() & set(self.fields)  # type: ignore[misc,no-any-return]


class OwnedAdmin(DeskAdmin):
    """A row of an account. The account is chosen when a row is added and never changes afterwards."""

    form = OwnedForm
    list_select_related: ClassVar[Any] = ("owner",)
    list_filter: ClassVar[Any] = (AccountFilter,)
    ordering: ClassVar[Any] = ("-id",)

    @admin.display(description="account")
    def account(self, obj: Any) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk-account", args=[obj.owner_id]), obj.owner)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("owner", *super().get_readonly_fields(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are made by the accounts themselves."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        stamps = [field.name for field in obj._meta.fields if getattr(field, "auto_now", False)]
        obj.save(update_fields=[*form.changed_data, *stamps])


class CatalogueAdmin(OwnedAdmin):
    """A supplier, a category or a product: changed and deleted under the locks of docs/decisions/0016."""

    shares_catalogue = False  # whether changes of one account may run at the same time

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self.change_locked(request, object_id, form_url, extra_context)

    @atomic
    def change_locked(self, request: HttpRequest, object_id: str, *args: Any) -> Any:
        """Lock the account's catalogue before the form is validated: what it refers to stays until it is saved."""
        if (row := self.get_object(request, unquote(object_id))) is not None:
            lock_account(row.owner_id, AccountLock.CATALOGUE, shared=self.shares_catalogue)
        return super().changeform_view(request, object_id, *args)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_unlinked(self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        delete_unlinked(queryset)


class ReadOnlyMixin(admin.ModelAdmin):
    """Nothing to add, change or delete, for anybody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, OwnedAdmin):
    """An account's rows to be read."""


class LogChangeList(DeskChangeList):
    """Newest first, and in no other order, whatever the address asks for."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> Any:
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)


class LogAdmin(ReadOnlyAdmin):
    """A log that grows for ever: what is asked of it is what an index answers, and nothing else."""

    sortable_by = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in {each.parameter_name for each in self.list_filter}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogChangeList
