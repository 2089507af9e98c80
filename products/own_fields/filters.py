"""The query parameters of the list of own fields."""

from core.lists import filters


class FieldFilter(filters.ArchivedFilterSet):
    archived = filters.BooleanFilter(method="return_unfiltered", label="The archived fields instead of the others")
