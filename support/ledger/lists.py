"""The base of the lists of operations and movements at the support desk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from core.admin import LogAdmin, LogChangeList
from core.pages.desk_times import format_minute, name_in_zone_later
from stock.models import Operation
from support.ledger.forms import OperationFilterForm
from support.ledger.movements import get_performer, shorten
from users.models import User


class LedgerChangeList(LogChangeList):
    """A list of the ledger with the filters of a form: see support/ledger/forms.py."""

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

    def get_operation(self, obj: Any) -> Operation:
        return obj  # type: ignore[no-any-return]

    @admin.display(description=name_in_zone_later("booked"))
    def booked(self, obj: Any) -> str:
        return format_minute(self.get_operation(obj).created_at)

    @admin.display(description=name_in_zone_later("happened"))
    def happened(self, obj: Any) -> str:
        return format_minute(self.get_operation(obj).occurred_at)

    @admin.display(description="by")
    def who(self, obj: Any) -> str:
        return get_performer(self.get_operation(obj))

    @admin.display(description="by")
    def person(self, obj: Any) -> str:
        """Return the name at that time, with a link to the user."""
        operation = self.get_operation(obj)
        address = reverse("admin:users_user_change", args=[operation.performed_by_id])
        return format_html('<a href="{}">{}</a>', address, get_performer(operation))

    @admin.display(description="note")
    def short_note(self, obj: Any) -> str:
        return shorten(self.get_operation(obj).note)
