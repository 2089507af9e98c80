"""Sparse rows: with `?fields=id,name`, a list or a single row has only these fields."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.fields import MAX_QUOTED_LENGTH
from core.http.schema_checks import find_nearest
from core.lists.filters import StrictTextField
from core.lists.parameter_values import query_value
from core.lists.serialization import get_row_serializer
from core.pages.view_choice import is_page_for_people

FIELDS = "fields"
NAMES = StrictTextField(max_length=1000)


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
            select_fields(response, self.chosen)
        return response


def read_names(request: Request, known: Sequence[str]) -> frozenset[str]:
    """Return the names in the parameter. Raise a ValidationError that lists the unknown ones."""
    names = [name.strip() for name in (query_value(request, FIELDS, NAMES) or "").split(",")]
    unknown = [name for name in names if name not in known]
    if unknown and names != [""]:
        raise ValidationError({FIELDS: [describe_unknown(name, known) for name in unknown]})
    return frozenset(names) - {""}


def describe_unknown(name: str, known: Sequence[str]) -> str:
    near = find_nearest(name, known)
    advice = f"Did you mean {near}?" if near else f"The fields are {', '.join(known)}."
    return f'There is no field "{name[:MAX_QUOTED_LENGTH]}". {advice}'


def select_fields(response: Response, chosen: frozenset[str]) -> None:
    """Remove the other fields from the rows of the response. Those that remain keep their order."""
    data: Any = response.data
    rows = data.get("results", [data])
    sparse = [{name: value for name, value in row.items() if name in chosen} for row in rows]
    response.data = {**data, "results": sparse} if "results" in data else sparse[0]
