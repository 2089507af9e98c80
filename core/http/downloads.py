"""Downloads: tables as CSV or as a workbook, and files that the worker has written."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext, override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.errors import DomainError
from core.files.papers import PAPERS
from core.files.writers import CONTENT_TYPE, DIALECTS, STANDARD, format_lines, write_workbook
from core.http.renderers import JSONRenderer
from core.http.throttling import count_as_long
from core.lists.parameters import COLUMNS, FILE_FORMATS, FORMATS, find_places, query_choice
from core.money.currencies import get_money_decimals
from core.sentences import fill, find_label
from core.texts.locales import ENGLISH

LINES_PER_BATCH = 500
HTML = "html"  # the format of a paper: a table that is also a page to print
PDF = "pdf"  # the format of a document that is sent to others


def streaming_response(pieces: Iterator[Any], content_type: str, **headers: str) -> StreamingHttpResponse:
    """Return a streamed response. The first piece is generated at once, so that an error in it sets the status."""
    # The others are generated after the request has ended, so they get its context, which says whether to show costs.
    first, context = next(pieces, ""), copy_context()
    others: Iterator[Any] = iter(lambda: context.run(next, pieces, None), None)
    return StreamingHttpResponse(chain([first], others), content_type=content_type, headers=headers)


def csv_response(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return streaming_response(batch_lines(lines), "text/csv; charset=utf-8", **disposition)


def batch_lines(lines: Iterator[str]) -> Iterator[str]:
    """Join lines into larger pieces, because each piece is a separate write to the network."""
    while batch := "".join(islice(lines, LINES_PER_BATCH)):
        yield batch


def write_json_lists(lists: Mapping[str, Iterable[list[Any]]]) -> Iterator[str]:
    """Yield a JSON object of lists, each given in parts, with the same bytes as JSONRenderer's."""
    for number, (name, parts) in enumerate(lists.items()):
        yield f'{"," if number else "{"}"{name}":['
        separator = ""
        for part in parts:
            yield separator + JSONRenderer().render(part).decode()[1:-1]
            separator = ","
        yield "]"
    yield "}"


CHUNK_BYTES = 65_536
MAX_ROWS = 100_000  # the most rows of a workbook; its header, titles and total do not count
# The links of pages to files have this parameter. Their CSV files begin with a byte order mark, without which Excel
# reads them in an old encoding. They also have the headings of pages. Files for programs keep their bytes and names.
FROM_PAGE = "_from_page"

# These describe the parameter and the response in the schema.
PAPER_FORMAT = OpenApiParameter(
    "format", enum=[*FILE_FORMATS, HTML], description="By default CSV. html: a page to print."
)
FORMAT = OpenApiParameter("format", enum=FORMATS, description="By default JSON.")
FORMAT_WITH_PDF = OpenApiParameter("format", enum=[*FORMATS, PDF], description="By default JSON. pdf: on paper.")
FILE_FORMAT = OpenApiParameter("format", enum=FILE_FORMATS, description="By default CSV. xlsx: a workbook.")
DIALECT = OpenApiParameter(
    "csv", enum=list(DIALECTS), description="The form of a CSV file; by default the shop's (`/api/account/`)."
)
PAPER = OpenApiParameter("paper", enum=[*PAPERS], description="The paper of a PDF file, by default A4.")
PDF_RESPONSE = {(200, "application/pdf"): OpenApiTypes.BINARY}
FILE_RESPONSES = {(200, "text/csv"): OpenApiTypes.STR, (200, CONTENT_TYPE): OpenApiTypes.BINARY}


@dataclass(frozen=True)
class Words:
    """The texts of a file for people, in the language of the shop. A file for programs has the names of fields."""

    # The headings in English. A column without one keeps its name. If there are none, all columns get their labels.
    labels: Mapping[str, str] = field(default_factory=dict)
    # Returns the lines between the name of the shop and the header: by default none. If it is None, the file begins
    # with the header, without the name of the shop.
    write_titles: Callable[[], list[str]] | None = list
    summed: Container[str] = ()  # the columns with a total

    def write(self, rows: Iterator[Any], shop: Any) -> tuple[list[str], Iterator[Any]]:
        """Return the titles, and all rows: the titles, the header, the rows and the total.

        If several columns have the same heading, only the last is kept: it has the names, and the others have the ids.
        """
        header = next(rows)
        with override(shop.shop_language if shop else ENGLISH):
            labels = [self.labels.get(name, name) if self.labels else find_label(None, name) for name in header]
            headings, total = [*map(gettext, labels)], gettext("Total")
            above = self.write_titles() if self.write_titles else []
        kept = [place for place, heading in enumerate(headings) if heading not in headings[place + 1 :]]
        titles = [title for title in above if title]
        if shop and shop.shop_name and self.write_titles:
            titles.insert(0, shop.shop_name)
        padding = [""] * (len(kept) - 1)
        table = chain([headings], self.add_total(rows, header, total, kept))
        return titles, chain(([title, *padding] for title in titles), ([row[place] for place in kept] for row in table))

    def add_total(self, rows: Iterator[Any], header: Any, word: str, kept: list[int]) -> Iterator[Any]:
        """Yield the rows, and then the sums of the columns in `summed` if any row has a number in one of them."""
        places, sums = [place for place in kept if header[place] in self.summed], Counter[int]()
        for row in rows:
            sums.update({place: row[place] for place in places if row[place] is not None})
            yield row
        if sums:
            label = next((place for place in kept if place not in places), None)
            yield [sums.get(place, word if place == label else None) for place in range(len(header))]


def write_whole_money(rows: Iterator[Any], money: Container[str], currency: str) -> Iterator[Any]:
    """Return the rows with the columns of `money` as whole numbers if the currency has no decimals.

    The first row is the header.
    """
    if get_money_decimals(currency):
        return rows
    header = next(rows)
    places = [place for place, name in enumerate(header) if name in money]
    return chain([header], (trim_row(row, places) for row in rows))


def choose_columns(request: Request, rows: Iterator[Any]) -> Iterator[Any]:
    """Return the rows with the columns that the request chooses. Raise ValidationError if the file has none of them."""
    if not request.query_params.get(COLUMNS):
        return rows
    header = list(next(rows))
    places = find_places(request, header)
    if not places:
        said = fill("This file has none of these columns. Its columns are {known}.", known=", ".join(header))
        raise ValidationError({COLUMNS: [said]})
    return ([row[place] for place in places] for row in chain([header], rows))


def trim_row(row: Any, places: list[int]) -> list[Any]:
    cells = [*row]
    for place in places:
        if isinstance(amount := cells[place], Decimal):
            cells[place] = amount if amount % 1 else int(amount)
    return cells


class WorkbookTooLong(DomainError):
    code = "workbook_too_long"
    detail = "A workbook has at most {limit} rows: request CSV, or select fewer rows by the parameters."
    when = "a workbook would have too many rows: request CSV, or fewer rows"
    also = "`limit`"


def limit_rows(rows: Iterator[Any]) -> Iterator[Any]:
    """Yield the header and the rows. Raise WorkbookTooLong."""
    for number, row in enumerate(rows):
        if number > MAX_ROWS:
            raise WorkbookTooLong(limit=MAX_ROWS)
        yield row


def get_dialect(user: Any) -> str:
    """Return the dialect of CSV files of the user's shop."""
    return str(user.shop_owner.csv_format) if user.shop_owner else STANDARD


def table_response(
    request: Request,
    rows: Iterator[Any],
    name: str,
    file_format: str,
    money: Container[str] = (),
    words: Words | None = None,
) -> StreamingHttpResponse:
    """Return the rows, of which the first is the header, as a download. Raise WorkbookTooLong, Throttled.

    `money` has the names of the columns with amounts of money. A file for people has the `words`.
    """
    shop = request.user.shop_owner  # type: ignore[union-attr]
    rows = choose_columns(request, rows)
    rows = write_whole_money(rows, money, shop.currency if shop else "")
    default = get_dialect(request.user)
    dialect = query_choice(request, "csv", sorted(DIALECTS, key=lambda dialect: dialect != default))
    is_for_people, titles = FROM_PAGE in request.query_params, list[str]()
    rows = limit_rows(rows) if file_format == "xlsx" else rows
    if is_for_people and words:
        titles, rows = words.write(rows, shop)
    if file_format != "xlsx":
        return csv_response(format_lines(rows, dialect, is_marked=is_for_people), f"{name}.csv")
    count_as_long(request)  # writing a workbook is expensive
    file = write_workbook(rows, len(titles), name=name)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=CONTENT_TYPE)
    response.block_size = CHUNK_BYTES
    return response


def pdf_response(request: Request, document: Any, name: str) -> HttpResponse:
    """Return the document as a download, on the paper of the request. Raise LettersMissing."""
    content = document.finish(query_choice(request, "paper", PAPERS))
    disposition = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=disposition)


def read_parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def send_archive(path: Path) -> StreamingHttpResponse:
    """Return the zip archive as a download. Raise Http404 if it is gone."""
    try:
        content = chain([next(parts := read_parts(path))], parts)
    except FileNotFoundError as error:
        raise Http404 from error
    disposition = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    length = {"Content-Length": str(path.stat().st_size)}
    return StreamingHttpResponse(content, content_type="application/zip", headers=disposition | length)
