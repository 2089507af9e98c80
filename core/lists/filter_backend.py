"""The backend that filters every list of the API."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend

from core.pages.view_choice import is_html_page


class FilterBackend(DjangoFilterBackend):
    """django-filter's backend. It creates no form for a query without filters, and refuses an invalid form by a 400."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is not None and not filterset_class.has_filters(request):
            return filterset_class.filter_by_default(queryset)  # type: ignore[no-any-return]
        return super().filter_queryset(request, queryset, view)  # type: ignore[no-any-return]

    def get_filterset(self, request: Any, queryset: QuerySet, view: Any) -> Any:
        """Return the filters. In the query of a page, what people type is replaced by what programs send."""
        filterset_class: Any = self.get_filterset_class(view, queryset)
        if filterset_class is not None and is_html_page(request):
            filterset_class.replace_typed(request)
        return super().get_filterset(request, queryset, view)
