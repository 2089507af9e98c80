"""Open the file of an import of products. Describe the route of an import, also of one of a small table.

Other apps use this module and the types in products/filing/states.py.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from core.files.encodings import BY_PARAMETER
from core.http.parsers import FILE_PARSERS, StrictMultiPartParser
from core.http.renderers import JSONRenderer
from core.lists.filters import StrictTextField
from core.lists.parameters import query_choice, query_flag, query_value
from products.filing.answers import DescribedRows
from products.filing.column_names import parse_mapping
from products.filing.columns import MAPPED, name_by_titles
from products.filing.header import read_header
from products.filing.layout import read_layout
from products.filing.price_lists import READ
from products.filing.serializers import (
    DRY_RUN,
    ENCODING,
    HEADER_PARAMETER,
    MAX_MAPPING_LENGTH,
    TABLE_MAPPING,
    TableFileSerializer,
)
from products.filing.small_tables import SmallTable
from products.filing.source import MAX_ROWS, Source
from products.filing.states import Choices
from records.idempotency.decorators import Handler, idempotent, takes_key

__all__ = ["MAX_ROWS", "SmallTable", "open_rows"]
NO_CHOICES = Choices()


def open_rows(
    file: Any, *, owner_id: int, mapping: str = "", decimal_sign: str = ".", choices: Choices = NO_CHOICES,
    currency: str = "", encoding: str = "", header_line: int = 0,
) -> DescribedRows:  # fmt: skip
    """Read the header and the layout of the account's file, and return its rows. The caller closes them.

    `mapping` is the parameter `columns`: see products/filing/column_names.py. `encoding` is the codec of a CSV file,
    and `header_line` the line of the header. Both are detected by default. `decimal_sign` and `currency` are settings
    of the shop. Raise InvalidFile if the file is not a table or has no header, and the errors of Source.
    """
    targets = parse_mapping(mapping, READ if choices.is_list else MAPPED)
    source = Source(file, owner_id, encoding)
    try:
        layout = read_layout(source, read_header(source, targets, choices, header_line))
        return DescribedRows(source, layout, decimal_sign=decimal_sign, currency=currency)
    except BaseException:
        source.close()
        raise


# --- A file that a request sends --------------------------------------------------------------------------

ENCODINGS = {"": "", **BY_PARAMETER}
PARSERS = [StrictMultiPartParser, *FILE_PARSERS]
OF_TABLE = [OpenApiParameter("columns", str, description=TABLE_MAPPING)]
MAPPING = StrictTextField(max_length=MAX_MAPPING_LENGTH)


def describe_import(
    answer: Any,
    example: tuple[str, str],
    form: Any,
    parameters: Iterable[OpenApiParameter] = (),
    dry_run: str = DRY_RUN,
) -> Callable[[Handler], Handler]:
    """Return a decorator that describes an import in the schema. `example` is the title of a file, and the file."""
    title, file = example
    return extend_schema(
        parameters=[
            OpenApiParameter("dry_run", bool, description=dry_run),
            OpenApiParameter("encoding", str, description=ENCODING),
            *parameters,
        ],
        request={"multipart/form-data": form} | {parser.media_type: OpenApiTypes.BINARY for parser in FILE_PARSERS},
        responses=answer,
        examples=[OpenApiExample(title, file, request_only=True, media_type="text/csv")],
    )


def import_action(
    page: Any, answer: Any, example: tuple[str, str], form: Any = TableFileSerializer,
    parameters: Any = OF_TABLE, **options: Any,
) -> Callable[[Any], Any]:  # fmt: skip
    """Return a decorator that makes a method the action `import` of a list. The rest is as in describe_import().

    By default, it is the import of a small table.
    """
    route = action(
        detail=False, methods=["post"], url_path="import", url_name="import", pagination_class=None,
        parser_classes=PARSERS, renderer_classes=[JSONRenderer, page], serializer_class=form, is_long_running=True,
        has_form_pages=False, **options,
    )  # fmt: skip
    return lambda method: describe_import(answer, example, form, parameters)(route(takes_key(method)))


class SentFile:
    """The file that a request has sent, and its form. Parameters of the address override the fields of the form."""

    def __init__(self, view: Any) -> None:
        self.view, self.request, self.form = view, view.request, view.read_body()
        self.file = self.form["file"]

    def choose(self, name: str, values: Iterable[str]) -> str:
        """Return the value of a choice, or an empty text. Raise a ValidationError for any other value."""
        if self.request.query_params.get(name):
            return query_choice(self.request, name, values)
        return str(self.form.get(name, ""))

    def is_set(self, name: str) -> bool:
        return query_flag(self.request, name) or self.form.get(name, False)

    def read_options(self) -> dict[str, Any]:
        """Return the arguments with which a file of the shop is read."""
        user, encoding = self.view.user, ENCODINGS[self.choose("encoding", ENCODINGS)]
        signs = {"decimal_sign": user.shop_decimal_sign, "currency": user.shop_currency}
        return {"owner_id": user.account_id, "encoding": encoding, **signs}

    @property
    def mapping(self) -> str:
        return str(query_value(self.request, "columns", MAPPING) or self.form.get("columns", ""))

    def make_opener(self, choices: Choices) -> Callable[[], DescribedRows]:
        """Return a function that opens a file with columns that people choose."""
        header = query_value(self.request, "header", HEADER_PARAMETER) or self.form.get("header") or 0
        options = {"mapping": self.mapping, "header_line": header, "choices": choices, **self.read_options()}
        return partial(open_rows, self.file, **options)

    def import_table(self, table: SmallTable, service: Callable[..., Any], read: Any = None) -> Any:
        """Read a small table by its read_file(), or by a function like it, and import what that returns."""
        is_page = not isinstance(self.request.accepted_renderer, JSONRenderer)
        with name_by_titles(is_page=is_page, titles=table.labels):
            file = (read or table.read_file)(self.file, mapping=self.mapping, **self.read_options())
        return self.import_by(service, file=file)

    def import_by(self, service: Callable[..., Any], **values: Any) -> Any:
        """Return the response of the service: an import is done once per idempotency key, and a dry run each time."""
        if self.is_set("dry_run"):
            return Response(service(by=self.view.user, dry_run=True, **values))
        return import_once(self.view, self.request, service, **values)


@idempotent
def import_once(view: Any, request: Any, service: Callable[..., Any], **values: Any) -> Response:
    return Response(service(by=view.user, dry_run=False, **values))
