from core.lists import filters


class SavedViewFilter(filters.StrictFilterSet):
    search = filters.SearchFilter(fields=["name"])
    route = filters.TextFilter(label="The list that the view shows")
    shared = filters.BooleanFilter(label="Whether the whole shop may read it")
    ordering = filters.OrderingFilter(fields=["name", "created_at"])
