"""The route of comparisons."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.http.browsers import FORM_TYPES
from core.http.downloads import DIALECT, FILE_RESPONSES, FORMAT, Words, table_response
from core.http.renderers import JSONOrFile, JSONRenderer
from core.lists.parameters import FILE_FORMATS, query_format
from core.money.amounts import scale
from desk.reports.comparison.comparing import compare, list_differences
from desk.reports.comparison.pages import ComparisonPage
from desk.reports.comparison.serializers import (
    ComparisonResultSerializer,
    ComparisonSerializer,
    FileComparisonSerializer,
    read_list,
)
from stock.errors import NothingCompared
from stock.line_fields import call_service
from users.access.permissions import READERS, grant
from web.view_bases import GenericApiView, ReplicaReads

FILE_COLUMNS = ("product", "sku", "name", "theirs", "since", "unexplained", "ours", "difference", "unit")
QUANTITIES = ("theirs", "since_change", "unexplained", "ours", "difference")


class ComparisonView(ReplicaReads, GenericApiView):
    """Compare the list of another system, such as a web shop, with the stock. Nothing is changed."""

    tag, rights = "stock", grant(READERS, "post")
    replica_actions = ("post",)
    is_long_running = True
    forms_elsewhere = ("post",)
    name = "Compare"
    pagination_class = None
    filter_backends = ()
    renderer_classes = (JSONRenderer, ComparisonPage)
    content_negotiation_class = JSONOrFile

    def get_serializer_class(self) -> Any:
        """Return the serializer of the body: programs send lines, and forms send a file."""
        kind = (self.request.content_type or "").partition(";")[0].strip().lower()
        is_form = kind in FORM_TYPES or self.request.accepted_renderer.format != "json"
        return FileComparisonSerializer if is_form else ComparisonSerializer

    @extend_schema(
        parameters=[FORMAT, DIALECT],
        request={"application/json": ComparisonSerializer, "multipart/form-data": FileComparisonSerializer},
        responses={(200, "application/json"): ComparisonResultSerializer, **FILE_RESPONSES},
    )
    def post(self, request: Request) -> Response | StreamingHttpResponse:
        """Compare 1 to 1,000 lines, or a file of up to 100,000, and say which bookings explain each difference.

        theirs + since_change + unexplained = ours in each row. A key with the scope `read` may do this. A file of the
        response has all products that differ.
        """
        file_format = query_format(request, self)
        if file_format in FILE_FORMATS:
            rows = list_rows(self.compare(list_differences))
            return table_response(request, rows, "comparison", file_format, words=Words())
        return Response(ComparisonResultSerializer(self.compare(compare)).data)

    def compare(self, service: Callable[..., Any]) -> Any:
        """Call the service with the lines or the file of the body, and return its result."""
        values, owner_id = self.read_body(), self.account_id
        asked = ComparisonSerializer.make_asked(values)
        if "file" in values:
            mapping, sign = values.get("columns", ""), self.user.shop_decimal_sign
            file = read_list(values["file"], owner_id=owner_id, mapping=mapping, decimal_sign=sign)
            return service(owner_id, asked, file.lines, file.wrong)

        def compare_lines(lines: list[Any]) -> Any:
            return service(owner_id, asked, [replace(line, number=number) for number, line in enumerate(lines)])

        return call_service(compare_lines, {"lines": values["lines"]}, NothingCompared)


def list_rows(differ: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield the header and the rows of a file. Quantities are amounts."""
    yield FILE_COLUMNS
    for row in differ:
        shown = {**row, **{name: scale(row[name], row["decimals"]) for name in QUANTITIES}}
        yield [shown["since_change" if name == "since" else name] for name in FILE_COLUMNS]
