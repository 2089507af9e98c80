"""Base classes of the admin pages: they save only changed fields, and the ledger is read-only."""

from collections.abc import Callable
from typing import Any, ClassVar

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
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from rest_framework.exceptions import ValidationError

from core.database.constraints import find_constraint
from core.database.transactions import AccountLock, atomic, lock_account
from core.kinds import parse_id
from core.model_fields import CodeColumn, CodeFormField
from core.ownership import list_automatic_fields
from core.pages.form_fields import EmailFormField, LineField, ListSearchForm, OwnedForm, ParagraphsField, RowForm
from core.support.desk import use_zone_of
from core.texts.folding import match_text, match_words

MAX_ROWS_COUNTED = 1000  # the most rows that a list counts; searches and filters find the others

admin.site.site_header = admin.site.site_title = "Support desk"
admin.site.index_title = "At a glance"
# The sidebar takes a fifth of the page's width, and the index page has the same links.
admin.site.enable_nav_sidebar = False


# The action needs a transaction, because it writes its log entries before it deletes the rows.
admin.site.add_action(transaction.atomic(delete_selected), "delete_selected")


def column(description: Any, value: Callable[[Any], Any], **options: Any) -> Any:
    """Return a column of a list, or a read-only field of a page: what the function returns for the row."""
    return admin.display(lambda _admin, row: value(row), description=description, **options)


def render_page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """Render the template with the context of the admin's pages."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})


class BoundedPaginator(Paginator):
    """Counts and pages at most MAX_ROWS_COUNTED rows."""

    @cached_property
    def capped_count(self) -> int:
        """Return the number of rows, at most MAX_ROWS_COUNTED + 1."""
        rows: Any = self.object_list
        return int(rows.order_by()[: MAX_ROWS_COUNTED + 1].count())

    @property
    def count(self) -> int:
        return min(self.capped_count, MAX_ROWS_COUNTED)

    @property
    def has_more(self) -> bool:
        return self.capped_count > MAX_ROWS_COUNTED


class BaseChangeList(ChangeList):
    """A list for which a value that the database can't represent, such as the year 99999, is an invalid lookup."""

    search_form_class = ListSearchForm

    def find_account(self) -> Any:
        """Return the user whose account the list is filtered by, or None."""
        return next((spec.row for spec in self.filter_specs if isinstance(spec, AccountFilter)), None)

    def get_results(self, request: HttpRequest) -> None:
        use_zone_of(self.find_account())
        try:
            with transaction.atomic():
                super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


class RowSelect(AutocompleteSelect):
    """A widget for an id that can render a malformed id again: Django's widget would query the row with that id."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [item for item in value if parse_id(str(item)) is not None], attrs)


class BaseAdmin(admin.ModelAdmin):
    """The base of every model's admin. No list counts all rows of a table, or the rows of each filter.

    The first attributes are for the pages of the support desk.
    """

    group = ""  # the title of the group on the front page: one of GROUPS in desk/support/figures.py
    title = ""  # the title of the list; the default is the plural name of the model
    of_account = False  # whether the page of an account links to the list
    counted = ""  # the title of the rows from select_counted() on the page of an account; empty to count none
    found = ""  # the title of the rows from find() in the search; empty to search none
    form: Any = RowForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    formfield_overrides: ClassVar[Any] = {
        CharField: {"form_class": LineField},
        CodeColumn: {"form_class": CodeFormField},
        EmailColumn: {"form_class": EmailFormField},
        TextField: {"form_class": ParagraphsField},
    }

    # No page links to these lookups. They are refused because Django turns a malformed range into invalid SQL.
    refused_lookups = ("__range", "__regex", "__iregex")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        name = lookup.split("__", maxsplit=1)[0]
        # Bytes can't be compared with the text of a query parameter.
        is_binary = any(isinstance(field, BinaryField) and field.name == name for field in self.opts.fields)
        if lookup.endswith(self.refused_lookups) or is_binary:
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row. An id that contains NUL is not found, because PostgreSQL can't store it."""
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BaseChangeList

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the page. It shows an error if another request has taken a name or code since the validation."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            constraint = find_constraint(error)
            if constraint is None:
                raise
            refusal = str(constraint.get_violation_error_message())
        except ValidationError as error:
            by_field: Any = error.detail  # a service's error has the messages by field
            refusal = " ".join(str(message) for found in by_field.values() for message in found)
        self.message_user(request, refusal, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def get_account(self, obj: Any) -> Any:
        """Return the user in whose time zone the row's page shows times. None means UTC."""
        return None

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        use_zone_of(self.get_account(kwargs.get("obj")))
        return super().render_change_form(request, context, *args, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Apply the action to the selected rows only, never to all rows of the list, which may be too many to count."""
        data: Any = request.POST.copy()
        data["select_across"] = "0"
        # Other keys would make the query fail: a primary key is an id, or a text without NUL.
        is_text, keys = isinstance(self.opts.pk, CharField), data.getlist(ACTION_CHECKBOX_NAME)
        valid = [key for key in keys if ("\0" not in key if is_text else parse_id(key) is not None)]
        data.setlist(ACTION_CHECKBOX_NAME, valid)
        request.POST = data
        return super().response_action(request, *args, **kwargs)


class RowListFilter(admin.SimpleListFilter):
    """Filters by the related row whose id is in the query. It offers no choices, because there are too many rows."""

    model: type[Model]

    @cached_property
    def row(self) -> Any:
        return self.model._default_manager.filter(pk=parse_id(self.value() or "")).first()

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, str]]:
        """Return the row from the query, for a link that removes the filter. Django hides a filter without choices."""
        return [] if self.value() is None else [(self.value(), str(self.row or "none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(**self.build_condition(self.row)) if self.row else queryset.none()

    def build_condition(self, row: Any) -> dict[str, Any]:
        """Return the filter's condition. It includes the owner, because the indexes begin with the owner."""
        return {"owner_id": row.owner_id, f"{self.parameter_name}_id": row.pk}


class AccountFilter(RowListFilter):
    title, parameter_name, model = "account", "owner", get_user_model()

    def build_condition(self, row: Any) -> dict[str, Any]:
        return {"owner_id": row.pk}


class OwnedAdmin(BaseAdmin):
    """The admin of rows that belong to an account. The account can't be changed, and no row is added here."""

    form = OwnedForm
    list_select_related: ClassVar[Any] = ("owner",)
    list_filter: ClassVar[Any] = (AccountFilter,)
    ordering: ClassVar[Any] = ("-id",)

    @admin.display(description="account")
    def account(self, obj: Any) -> str:
        return format_html('<a href="{}">{}</a>', reverse("support-account", args=[obj.owner_id]), obj.owner)

    def get_account(self, obj: Any) -> Any:
        return obj and obj.owner

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("account", *super().get_readonly_fields(request, obj))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search as the lists of a shop do, ignoring case and accents, unless a field has a lookup of its own."""
        fields = self.get_search_fields(request)
        if not fields or any(field.startswith("=") or field.endswith("__exact") for field in fields):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(match_words(search_term.split(), fields)), False

    def find(self, text: str, limit: int) -> Any:
        """Return the rows with the text in a search field, newest first. The search of the support desk calls this."""
        return self.select_found(text).select_related("owner").order_by("-id")[:limit]

    def select_found(self, text: str) -> Any:
        return self.model._default_manager.filter(match_text(text, self.search_fields))

    def select_counted(self, rows: Any) -> Any:
        """Return the rows that the page of an account counts. Subclasses may leave out some."""
        return rows

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ("owner", *(super().get_exclude(request, obj) or ()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: accounts add their own rows."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        obj.save(update_fields=[*form.changed_data, *list_automatic_fields(type(obj))])


class CatalogueAdmin(OwnedAdmin):
    """The admin of rows of the catalogue: changes take the locks of docs/decisions/0016."""

    shares_catalogue = False  # True if changes of one account may run concurrently

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *args, **kwargs)
        return self.lock_and_change(request, object_id, *args, **kwargs)

    @atomic
    def lock_and_change(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Lock the account's catalogue and the row, then validate and save the form.

        So no link is archived meanwhile, and the form is compared with the row that it changes.
        """
        if (row := self.get_object(request, unquote(object_id))) is not None:
            lock_account(row.owner_id, AccountLock.CATALOGUE, shared=self.shares_catalogue)
            type(row)._default_manager.filter(owner_id=row.owner_id).select_for_update(no_key=True).get(pk=row.pk)
        return super().changeform_view(request, object_id, *args, **kwargs)


class ReadOnlyMixin(admin.ModelAdmin):
    """Denies every user the permission to add, change and delete."""

    def deny(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = deny


class ArchivableAdmin(CatalogueAdmin):
    """The admin of rows that nobody deletes: the shop archives them."""

    list_filter: ClassVar[Any] = (AccountFilter, "archived_at")
    has_delete_permission = ReadOnlyMixin.has_delete_permission

    def select_counted(self, rows: Any) -> Any:
        return rows.live()


class ServiceAdmin(ReadOnlyMixin, BaseAdmin):
    """The admin of rows that belong to no account and can only be read."""

    list_select_related: ClassVar[Any] = ()
    ordering: ClassVar[Any] = ("-id",)


class ReadOnlyAdmin(ReadOnlyMixin, OwnedAdmin):
    """The admin of rows that belong to an account and can only be read."""


class LogChangeList(BaseChangeList):
    """Lists the newest rows first and ignores the query's ordering."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> Any:
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)


class LogAdmin(ReadOnlyAdmin):
    """The admin of a log that grows without limit. It allows only lookups and orders that an index supports."""

    sortable_by = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in {list_filter.parameter_name for list_filter in self.list_filter}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogChangeList


class ContactAdmin(ArchivableAdmin):
    """The base of the admins of contacts. The form has the model's own fields first, and then the external id."""

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        read_only = self.get_readonly_fields(request, obj)
        fields = [name for name in super().get_fields(request, obj) if name not in {"external_id", *read_only}]
        return [*fields, "external_id", *read_only]


def show_rows(
    model: type[Model],
    columns: str,
    more: str | None = "",
    *,
    filters: str = "",
    base: Any = LogAdmin,
    **attributes: Any,
) -> None:
    """Register the admin of a model, whose rows staff only read unless the `base` lets them change some.

    The list has these columns, and the page of a row has these and `more`, or all fields if `more` is None. The list
    has the filters of the base, and one for each of the related rows that `filters` names. `attributes` are those of
    the admin, such as columns that are no fields.
    """
    shown = columns.split()
    related = [field.name for field in model._meta.fields if field.is_relation and field.name in shown]
    filter_classes = [
        type(name, (RowListFilter,), {
            "title": name.replace("_", " "), "parameter_name": name, "model": model._meta.get_field(name).related_model,
        })
        for name in filters.split()
    ]  # fmt: skip
    options = {
        "list_display": shown, "list_display_links": [name for name in shown if name != "account"][:1],
        "list_select_related": [*base.list_select_related, *related],
        "list_filter": [*base.list_filter, *filter_classes],
        "fields": None if more is None else [*shown, *more.split()],
    }  # fmt: skip
    admin.site.register(model, type(f"{model.__name__}Admin", (base,), {**options, **attributes}))
