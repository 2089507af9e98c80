"""The backend that filters every list of the API, and writes the form of its filters for pages."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django_filters.rest_framework import DjangoFilterBackend

from core.lists.filters import InstantField, StrictDateField, StrictDecimalField, StrictIntegerField
from core.pages.look_ups import LookUp
from core.pages.parameters import SHOWN_APART, Field, Parameter
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

    def to_html(self, request: Any, queryset: QuerySet, view: Any) -> str | None:
        """Return the form of the filters for a page. It keeps the parameters of SHOWN_APART."""
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return None
        apart = [(name, value) for name in SHOWN_APART for value in request.query_params.getlist(name) if value]
        fields = [
            read_field(bound, filterset.filters[bound.name], request.user)
            for bound in filterset.form
            if bound.name not in SHOWN_APART
        ]
        context = {"parameters": fields, "apart": apart}
        return render_to_string("pages/parameters.html", context, request) if fields else None


def read_field(bound: forms.BoundField, described: Any, user: Any) -> Field:
    """Return the data that the template needs of a filter: its value, its choices and its errors."""
    look_up: LookUp | None = getattr(described, "look_up", None)
    label = str(bound.label) if str(bound.label).lower() != bound.name else ""
    parameter = Parameter(
        bound.name,
        label=getattr(described, "title", ""),
        kind="date" if isinstance(bound.field, InstantField | StrictDateField) else "text",
        choices=[(str(value), str(words)) for value, words in getattr(bound.field.widget, "choices", ())],
        hint=look_up.hint if look_up else label,
        look_up=look_up,
        is_numeric=isinstance(bound.field, StrictIntegerField | StrictDecimalField) and not look_up,
    )
    return parameter.make_field(str(bound.value() or ""), list(map(str, bound.errors)), user)
