"""The base of the lists of operations and movements at the support desk."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import LogAdmin, LogChangeList
from support.ledger.filters import OperationFilterForm
from users.models import User


class LedgerChangeList(LogChangeList):
    """A list of the ledger with the filters of a form: see support/ledger/filters.py."""

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
    """The admin of operations and movements."""

    list_filter = ()
    change_list_template = "admin/stock/ledger_list.html"
    filter_form: type[OperationFilterForm]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LogChangeList]:
        return LedgerChangeList
