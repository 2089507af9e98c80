"""The filter `archived` of lists whose rows can be archived."""

from typing import Any

from django.db.models import QuerySet

from core.lists.filters import StrictFilterSet


class ArchivedFilterSet(StrictFilterSet):
    """Lists the live rows, or with `archived=true` the archived ones. Subclasses declare the filter with its label."""

    @classmethod
    def filter_by_default(cls, queryset: Any) -> Any:
        return queryset.live()

    def filter_queryset(self, queryset: Any) -> Any:
        archived = self.form.cleaned_data["archived"]
        return super().filter_queryset(queryset.exclude(archived_at=None) if archived else queryset.live())

    def return_unfiltered(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Return the queryset unchanged, for filters that another method reads: filter_queryset() reads `archived`."""
        return queryset
