from core.lists.filters import OrderingFilter, SearchFilter, StrictFilterSet


class SupplierFilter(StrictFilterSet):
    search = SearchFilter(fields=["name"])
    ordering = OrderingFilter(fields=["name", "created_at"])
