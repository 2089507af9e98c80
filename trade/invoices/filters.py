"""The query parameters of the list of invoices. The view reads `from`, `to` and `period`."""

from typing import Any

from django.db.models import Q, QuerySet

from core.lists.filters import BooleanFilter, ChoiceFilter, SearchFilter, TextFilter
from core.lists.row_filters import MetadataFilterSet, RowFilter
from trade.customers.look_ups import CUSTOMERS
from trade.invoices.models import InvoiceKind
from trade.invoices.reading import add_due, find_overdue, match_printed

MAX_NUMBER_LENGTH = 20


class NumberFilter(TextFilter):
    """The invoices with this number: 2026-000123, or 2026-C000004."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(match_printed(value) or Q(pk__in=[])) if value else qs


class DueFilter(BooleanFilter):
    """The invoices of which something is left to pay now, or the others."""

    parent: Any
    find: Any = staticmethod(lambda _user: Q(left__gt=0))  # the condition on what add_due() returns

    def filter(self, qs: QuerySet, value: bool | None) -> QuerySet:
        if value is None:
            return qs
        invoices, found = add_due(self.parent.request.user.account_id, qs), self.find(self.parent.request.user)
        rows: QuerySet = invoices.filter(found) if value else invoices.exclude(found)
        return rows


class OverdueFilter(DueFilter):
    find: Any = staticmethod(find_overdue)


class InvoiceSearch(SearchFilter):
    def match_row(self, text: Any) -> Q:
        return match_printed(text or "") or super().match_row(text)


class InvoiceFilter(MetadataFilterSet):
    search = InvoiceSearch(
        fields=["document__buyer__name"], number="number", label="The number, or words of the buyer's name"
    )
    kind = ChoiceFilter(choices=InvoiceKind.choices, label="Invoices, or credit notes")
    customer = RowFilter(CUSTOMERS, field_name="customer_id", label="Id of a customer")
    number = NumberFilter(max_length=MAX_NUMBER_LENGTH, label="The whole number, as it is printed")
    due = DueFilter(label="Something is left to pay")
    overdue = OverdueFilter(label="Something should have been paid before today")
