"""The base of the lists of operations and movements at the support desk."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import LogAdmin, LogChangeList
from support.ledger import filters as desk_filters
from support.ledger.filters import OperationFilterForm
from users.models import User


class LedgerChangeList(LogChangeList):
    """A list of the ledger with the filters of a form: see support/ledger/filters.py."""

    model_admin: "LedgerAdmin"
    filter_form: OperationFilterForm
    is_cut = False

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
        if not self.filter_form.is_valid():
            return rows.none()
        rows, self.is_cut = self.model_admin.filter_rows(rows, self.filter_form.cleaned_data)
        return rows


class LedgerAdmin(LogAdmin):
    """The admin of operations and movements."""

    list_filter = ()
    change_list_template = "admin/stock/ledger_list.html"
    filter_form: type[OperationFilterForm]
    filter_rows: ClassVar[Callable[[QuerySet, dict[str, Any]], tuple[QuerySet, bool]]]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LogChangeList]:
        return LedgerChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        limits = {"max_rows_filtered": desk_filters.MAX_ROWS_FILTERED}
        response = super().changelist_view(request, limits | (extra_context or {}))
        if "cl" in (context := getattr(response, "context_data", None) or {}):
            context["title"] = self.make_title(context["cl"].filter_form)
        return response

    def make_title(self, form: OperationFilterForm) -> str:
        """Return a title with the product or the account that the list is filtered by: "Movements of Earl Grey"."""
        chosen = form.cleaned_data if form.is_valid() else {}
        subject = chosen.get("product") or chosen.get("owner")
        name = str(self.opts.verbose_name_plural).capitalize()
        return f"{name} of {subject}" if subject else name
