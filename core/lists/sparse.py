"""Sparse rows: with `?fields=id,name`, a list or a single row has only these fields."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.fields import MAX_QUOTED_LENGTH
from core.lists.filters import StrictTextField
from core.lists.parameter_values import query_value
from core.lists.serialization import get_row_serializer
from core.pages.view_choice import is_page_for_people

FIELDS, NAMES = "fields", StrictTextField(max_length=1000)
PARAMETER = OpenApiParameter(
    FIELDS, str, description="The names of some fields, with commas between them. The response omits all other fields."
)


class SparseFields:
    """A mixin for viewsets, whose lists and single rows then take the parameter `fields`.

    It is the first base class, so that it removes the other fields after the ETag was computed. The ETag is therefore
    that of the whole row, which a later `If-Match` is compared with. A table or details for people have all fields.
    """

    sparse_actions = ("list", "retrieve")  # the schema reads it
    chosen: frozenset[str] = frozenset()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if FIELDS in request.query_params and self.action in self.sparse_actions:  # type: ignore[attr-defined]
            self.chosen = read_names(request, get_row_serializer(type(self).serializer_class).names)  # type: ignore[attr-defined]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if self.chosen and response.status_code == 200 and not is_page_for_people(request):
            response.data = select_fields(response.data, self.chosen)
        return response


def read_names(request: Request, known: Sequence[str]) -> frozenset[str]:
    """Return the names in the parameter. Raise a ValidationError that lists the unknown ones."""
    names = [name.strip() for name in (query_value(request, FIELDS, NAMES) or "").split(",")]
    unknown = ", ".join(f'"{name[:MAX_QUOTED_LENGTH]}"' for name in names if name not in known)
    if unknown and names != [""]:
        raise ValidationError({FIELDS: [f"There is no field {unknown}. The fields are {', '.join(known)}."]})
    return frozenset(names) - {""}


def select_fields(data: dict[str, Any], chosen: frozenset[str]) -> dict[str, Any]:
    """Return the row, or the page of rows, with the chosen fields in their usual order."""
    if "results" in data:
        return {**data, "results": [select_fields(row, chosen) for row in data["results"]]}
    return {name: value for name, value in data.items() if name in chosen}
