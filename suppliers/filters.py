from core.lists.code_filters import ExternalIdFilter
from core.lists.filters import OrderingFilter, SearchFilter, StrictFilterSet


class SupplierFilter(StrictFilterSet):
    search = SearchFilter(fields=["name"])
    external_id = ExternalIdFilter()
    ordering = OrderingFilter(fields=["name", "created_at"])
