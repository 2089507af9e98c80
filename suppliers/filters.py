from core.lists.code_filters import ExternalIdFilter
from core.lists.filters import ArchivedFilterSet, BooleanFilter, OrderingFilter, SearchFilter


class SupplierFilter(ArchivedFilterSet):
    archived = BooleanFilter(method="return_unfiltered", label="The archived suppliers instead of the others")
    search = SearchFilter(fields=["name"])
    external_id = ExternalIdFilter()
    ordering = OrderingFilter(fields=["name", "created_at"])
