"""The ledger in the support desk: read-only, except that staff can reverse an operation and give a reason."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from core.database.transactions import atomic
from core.errors import DomainError
from core.support.admin import LogAdmin, LogChangeList, column, render_page
from core.support.desk import format_minute, name_in_zone_later
from desk.support import rows as ledger
from desk.support.forms import MovementFilterForm, OperationFilterForm, ReverseForm
from records.idempotency.models import IdempotencyKey
from stock.errors import InvalidLines
from stock.models import Movement, Operation
from stock.models.sql import FIRST_MOVEMENTS
from stock.reading import operations
from trade.selling.services import undo_operation
from users.models import User

MAX_MOVEMENTS_ON_PAGE = 50  # the list of movements shows all movements of an operation
MAX_FOUND = 50
MAX_REFUSALS_SHOWN = 10


class LedgerChangeList(LogChangeList):
    model_admin: "LedgerAdmin"
    filter_form: OperationFilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set a title with the product or the account that the list is filtered by: "Movements of Earl Grey"."""
        super().__init__(*args, **kwargs)
        chosen = self.filter_form.cleaned_data if self.filter_form.is_valid() else {}
        name, subject = str(self.opts.verbose_name_plural).capitalize(), chosen.get("product") or chosen.get("owner")
        self.title = f"{name} of {subject}" if subject else name

    def find_account(self) -> User | None:
        return self.filter_form.account if self.filter_form.is_valid() else None

    def get_filters_params(self, params: Any = None) -> Any:
        """Return the remaining parameters for Django, which refuses them."""
        fields = self.model_admin.filter_form.base_fields
        return {name: value for name, value in super().get_filters_params(params).items() if name not in fields}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        """Return the rows that the form's filters find. A form with errors finds none."""
        rows = super().get_queryset(request, exclude_parameters)
        self.filter_form = self.model_admin.filter_form(request.GET)
        return self.filter_form.filter_rows(rows) if self.filter_form.is_valid() else rows.none()


class LedgerAdmin(LogAdmin):
    list_filter = ()
    change_list_template = "admin/stock/ledger_list.html"
    filter_form: type[OperationFilterForm]
    booked = column(name_in_zone_later("booked"), lambda row: format_minute(get_operation(row).created_at))
    happened = column(name_in_zone_later("happened"), lambda row: format_minute(get_operation(row).occurred_at))
    who = column("by", lambda row: ledger.get_performer(get_operation(row)))
    person = column("by", lambda row: link_to_performer(get_operation(row)))
    short_note = column("note", lambda row: ledger.shorten(get_operation(row).note))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LogChangeList]:
        return LedgerChangeList


def get_operation(row: Any) -> Operation:
    """Return the operation, or that of a movement."""
    return row if isinstance(row, Operation) else row.operation


def link_to_performer(operation: Operation) -> str:
    return ledger.link_to("users_user", operation.performed_by_id, ledger.get_performer(operation))


def link_to_operation(pk: int | None) -> str:
    return ledger.link_to("stock_operation", pk, pk) if pk else "-"


@admin.register(Operation)
class OperationAdmin(LedgerAdmin):
    group = "What was booked"
    of_account = True
    found = "operations"
    list_display = ("id", "account", "reason", "reference", "who", "short_note", "booked", "happened")
    filter_form = OperationFilterForm
    search_fields = ("reference",)
    search_help_text = "An id, a whole reference or a whole idempotency key. Case matters."
    fields = ("booked", "happened", "account", "person", "reason", "reference", "note", "reverses", "reversed_by")
    actions = ("reverse",)
    reversed_by = column("reversed by", lambda row: link_to_operation(row.reversed_by))

    def find(self, text: str, limit: int) -> QuerySet:
        return ledger.find_operations(text, limit)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: Any = super().get_queryset(request)
        return rows.detailed().select_related("owner", "performed_by")  # type: ignore[no-any-return]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=ledger.find_operations(search_term, MAX_FOUND).values("pk")), False

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        operation = self.get_object(request, object_id)
        shown = {"movements": get_first_movements(operation), "may_reverse": self.has_reverse_permission(request)}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    # --- Reversing ---

    def has_reverse_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("stock.reverse_operation")

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.reverse_view)
        return [path("<path:object_id>/reverse/", page, name="stock_operation_reverse"), *super().get_urls()]

    @admin.action(description="Reverse", permissions=["reverse"])
    def reverse(self, request: HttpRequest, queryset: QuerySet[Operation]) -> HttpResponse | None:
        selected = list(queryset[:2])
        if len(selected) == 1:
            return HttpResponseRedirect(reverse("admin:stock_operation_reverse", args=[selected[0].pk]))
        self.message_user(request, "Select one operation: they are reversed one at a time.", messages.WARNING)
        return None

    def reverse_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not (self.has_reverse_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        operation = self.get_object(request, object_id)
        if operation is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        form = ReverseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                reversal = self.book_reversal(request, operation, **form.cleaned_data)
            except DomainError as refused:
                form.add_error(None, format_refusal(refused))
            else:
                self.message_user(request, f"Operation {operation.pk} is reversed.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:stock_operation_change", args=[reversal.pk]))
        context = {"opts": self.opts, "operation": operation, "movements": get_first_movements(operation), "form": form}
        return render_page(
            request, "admin/stock/operation/reverse.html", f"Reverse operation {operation.pk}", **context
        )

    @atomic
    def book_reversal(self, request: HttpRequest, operation: Operation, note: str, **fields: Any) -> Operation:
        """Reverse the operation and log the change, in one transaction. Raise the errors of undo_operation()."""
        user: Any = request.user
        reversal, archived = undo_operation(by=user, operation=operation, note=note, **fields)
        counts = [f"{len(ids)} {kind}" for kind, ids in archived.items()]
        note += f" Archived: {', '.join(counts)}." if counts else ""
        self.log_change(request, operation, f"Reversed by operation {reversal.pk}: {note}")
        return reversal


def get_first_movements(operation: Operation | None) -> list[Movement]:
    """Return an operation's first movements. For the ORM's LIMIT, PostgreSQL could read the account's movements."""
    if operation is None:
        return []
    parameters = operations.make_movement_parameters([operation], MAX_MOVEMENTS_ON_PAGE)
    movements = list(Movement.objects.raw(FIRST_MOVEMENTS, parameters))
    prefetch_related_objects(movements, ledger.PRODUCTS)
    return movements


def format_refusal(refused: DomainError) -> list[str]:
    lines = refused.errors if isinstance(refused, InvalidLines) else {}
    messages_of_lines = [
        f"Product {error.numbers['product']}: {error}" if "product" in error.numbers else str(error)
        for _, error in sorted(lines.items())[:MAX_REFUSALS_SHOWN]
    ]
    return [str(refused), *messages_of_lines]


@admin.register(Movement)
class MovementAdmin(LedgerAdmin):
    group = "What was booked"
    of_account = True
    list_display = (
        "booked", "happened", "account", "product_link", "change", "levels", "who", "reason", "reference", "short_note",
        "operation_link",
    )  # fmt: skip
    list_select_related: ClassVar[Any] = ("owner",)
    fields = (
        "booked", "happened", "account", "product_link", "change", "levels", "value", "unit_price", "total", "person",
        "reason", "reference", "note", "operation_link",
    )  # fmt: skip
    filter_form = MovementFilterForm
    product_link = column("product", lambda row: ledger.link_to("products_product", row.product_id, row.product_name))
    change = column("what", ledger.format_change)
    levels = column("from → to", ledger.format_levels)
    reason = column("reason", lambda row: row.operation.reason)
    reference = column("reference", lambda row: row.operation.reference)
    note = column("note", lambda row: row.operation.note or "-")
    operation_link = column("operation", lambda row: link_to_operation(row.operation_id))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Read the operations in a separate statement: if it joined them, PostgreSQL could read all operations."""
        rows: Any = super().get_queryset(request)
        return rows.prefetch_related(ledger.OPERATIONS, ledger.PRODUCTS)  # type: ignore[no-any-return]

    def get_ordering(self, request: HttpRequest) -> Any:
        """Order the newest first in a way that lets PostgreSQL use the index of the filter.

        The index of a product's movements has the order of `sequence`. An operation's movements are found by an index
        and then sorted: for ORDER BY "id" PostgreSQL could read the primary key of the whole table instead.
        """
        if request.GET.get("operation") or request.GET.get("reference"):
            return ((F("id") + 0).desc(),)
        return ("-sequence",) if request.GET.get("product") else super().get_ordering(request)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(LogAdmin):
    group = "Other programs"
    of_account = True
    list_display = ("key", "account", "status", "created_at")
    search_fields = ("key",)
    search_help_text = "A whole key."
    readonly_fields = ("operation",)
    exclude = ("fingerprint",)
    operation = column("operation", lambda key: link_to_operation(ledger.find_operation_id(key)))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Defer the stored responses, which can be long."""
        return super().get_queryset(request).defer("body")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=ledger.find_keys(search_term, MAX_FOUND).values("pk")), False
