"""Open the file of an import: one of products, or one with a table of a few thousand rows. Describe its route.

Other apps use this module and the types in products/filing/states.py.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from core.files.encodings import BY_PARAMETER
from core.files.workbooks import WorkbookTable
from core.http.parsers import FILE_PARSERS, StrictMultiPartParser
from core.http.renderers import JSONRenderer
from core.lists.filters import StrictTextField
from core.lists.parameters import query_choice, query_flag, query_value
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.answers import DescribedRows
from products.filing.cells import CellReader
from products.filing.column_names import (
    COLUMN_OF,
    MAX_COLUMNS,
    PLAIN_WORDS,
    is_plain,
    normalize_column_name,
    parse_mapping,
    quote,
    translate_labels,
)
from products.filing.columns import COLUMN_NAMES, ProductColumn
from products.filing.errors import InvalidFile, RowErrors, TooManyRows
from products.filing.header import read_header
from products.filing.header_rows import MAX_ROWS_SEARCHED
from products.filing.layout import read_layout
from products.filing.price_lists import READ
from products.filing.rules import CellRule
from products.filing.serializers import DRY_RUN, ENCODING, HEADER_PARAMETER, MAX_MAPPING_LENGTH, FileSerializer
from products.filing.source import MAX_ROWS, Source, has_content, skip_blank
from products.filing.states import Choices, TableFile, TableRow
from records.idempotency.decorators import Handler, idempotent, takes_key

__all__ = ["MAX_ROWS", "open_rows"]
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
    targets = parse_mapping(mapping, READ if choices.is_list else COLUMN_NAMES)
    source = Source(file, owner_id, encoding)
    try:
        layout = read_layout(source, read_header(source, targets, choices, header_line))
        return DescribedRows(source, layout, decimal_sign=decimal_sign, currency=currency)
    except BaseException:
        source.close()
        raise


TOO_WIDE = _("This row has more cells than the header: remove them, or put a cell that has the delimiter in quotes.")


@dataclass(frozen=True)
class SmallTable:
    """The columns of a file. A header has all of those that are `needed`, and at least one of `naming`."""

    labels: dict[str, str]  # the titles of all columns
    read: dict[str, ProductColumn]  # the columns that are read; the others are for people
    rules: dict[str, CellRule]  # the rules of columns that are not those of products
    needed: tuple[str, ...]
    naming: tuple[str, ...]
    counted: str  # the column of a workbook in which a cell that is not empty makes a row
    no_header: str
    unknown_column: str
    max_rows: int = 2000  # what the rows name is locked meanwhile

    def read_file(self, file: Any, *, owner_id: int, decimal_sign: str, currency: str, encoding: str) -> TableFile:
        """Return what the file has.

        Raise InvalidFile, TooManyRows, ImportRunning or TooManyWorkbooks.
        """
        errors = RowErrors()
        with closing(Source(file, owner_id, encoding)) as source:
            line, columns = self.find_header(source)
            reader = CellReader([], decimal_sign=decimal_sign, currency=currency)
            reader.rules |= self.rules
            places = {name: place for place, name in enumerate(columns) if name in self.read}
            if isinstance(source.table, WorkbookTable):
                source.table.counted = {places[self.counted]}
            rows = read_rows(source, line, len(columns), self.max_rows, errors)
            self.observe(reader, places, [cells for _line, cells in rows])
            found = [self.read_row(reader, places, line, cells, errors) for line, cells in rows]
            source.check_time()
        if not (found or errors.total):
            raise InvalidFile(gettext("It has no rows below the header: add at least one."))
        return TableFile(found, places, errors)

    def find_header(self, source: Source) -> tuple[int, list[str]]:
        """Return the line of the header, and the columns by place, empty for none. Raise InvalidFile."""
        for _sheet in source.read_sheets():
            for line, cells in source.read_first(MAX_ROWS_SEARCHED)[0]:
                texts = [str(cell) for cell in (cells or [])[:MAX_COLUMNS]]
                columns = [self.find_column(text) for text in texts]
                if {*self.needed}.issubset(columns) and not {*self.naming}.isdisjoint(columns):
                    self.check_columns(texts, columns)
                    return line, columns
        raise InvalidFile(gettext(self.no_header))

    def find_column(self, text: str) -> str:
        """Return the column of this name: its own, that of pages in any language, or one of a column of products.

        A plain name of money or stock, such as `Stock quantity`, is that column, as in a file of products.
        """
        key = normalize_column_name(text)
        plain = next((name for name in PLAIN_WORDS if is_plain(text, name)), "")
        column = self.names.get(key) or COLUMN_OF.get(key) or plain
        return column if column in self.labels else ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the columns by their normalised names."""
        names = {normalize_column_name(name): name for name in self.labels}
        return names | {key: name for labels in translate_labels(self.labels) for key, name in labels.items()}

    def check_columns(self, texts: list[str], columns: list[str]) -> None:
        """Raise InvalidFile if a column with a name is unknown, or if two are the same."""
        for place, (text, column) in enumerate(zip(texts, columns, strict=True)):
            if column in columns[:place] and column:
                raise InvalidFile(fill("It has the column {name} twice: remove one.", name=quote(text)))
            if text.strip() and not column:
                raise InvalidFile(fill(self.unknown_column, name=quote(text), columns=", ".join(self.labels)))

    def observe(self, reader: CellReader, places: dict[str, int], rows: list[list[Any]]) -> None:
        """Let the numbers of the file decide how those are read that can be read in two ways."""
        for name, place in places.items():
            if reader.may_decide(self.read[name]):
                for cells in rows:
                    reader.observe(self.read[name], cells[place])
        reader.settle()

    def read_row(
        self, reader: CellReader, places: dict[str, int], line: int, cells: list[Any], errors: RowErrors
    ) -> TableRow:
        """Return the row. Record the errors of malformed cells."""
        values = {}
        for name, place in places.items():
            try:
                values[name] = reader.read(self.read[name], cells[place])
            except ValidationError as error:
                errors.add_error(line, name, str(error.detail[0]), str(cells[place]))  # type: ignore[index]
        named = {name: cells[place] for name, place in places.items()}
        return TableRow(line, values, {name: str(cell) for name, cell in named.items()}, named)


def read_rows(source: Source, header: int, width: int, max_rows: int, errors: RowErrors) -> list[tuple[int, list[Any]]]:
    """Return the rows below the header, each with as many cells. Raise TooManyRows."""
    rows: list[tuple[int, list[Any]]] = []
    for line, cells in skip_blank(source.read_rows(header, errors.add_line_error)):
        if len(rows) == max_rows:
            raise TooManyRows(limit=max_rows)
        if cells is not None and has_content(cells[width:]):
            errors.add_line_error(line, gettext(TOO_WIDE))
        elif cells is not None:
            rows.append((line, [*cells[:width], *[""] * (width - len(cells))]))
    return rows


# --- A file that a request sends --------------------------------------------------------------------------

ENCODINGS = {"": "", **BY_PARAMETER}
PARSERS = [StrictMultiPartParser, *FILE_PARSERS]
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
    page: Any, answer: Any, example: tuple[str, str], form: Any = FileSerializer, parameters: Any = (), **options: Any
) -> Callable[[Any], Any]:
    """Return a decorator that makes a method the action `import` of a list. The rest is as in describe_import()."""
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

    def make_opener(self, choices: Choices) -> Callable[[], DescribedRows]:
        """Return a function that opens a file with columns that people choose."""
        mapping = query_value(self.request, "columns", MAPPING) or self.form.get("columns", "")
        header = query_value(self.request, "header", HEADER_PARAMETER) or self.form.get("header") or 0
        options = {"mapping": mapping, "header_line": header, "choices": choices, **self.read_options()}
        return partial(open_rows, self.file, **options)

    def import_table(self, read: Callable[..., Any], service: Callable[..., Any]) -> Any:
        """Read a small table by SmallTable.read_file(), or by a function like it, and import what that returns."""
        return self.import_by(service, file=read(self.file, **self.read_options()))

    def import_by(self, service: Callable[..., Any], **values: Any) -> Any:
        """Return the response of the service: an import is done once per idempotency key, and a dry run each time."""
        if self.is_set("dry_run"):
            return Response(service(by=self.view.user, dry_run=True, **values))
        return import_once(self.view, self.request, service, **values)


@idempotent
def import_once(view: Any, request: Any, service: Callable[..., Any], **values: Any) -> Response:
    return Response(service(by=view.user, dry_run=False, **values))
