from core.lists import filters


class TaxFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived rates instead of the others")
    search = filters.SearchFilter(fields=["name"])
    ordering = filters.OrderingFilter(fields=["name", "rate", "created_at"])
