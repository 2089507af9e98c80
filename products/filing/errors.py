"""Errors of files of products, and of their rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException

from core.errors import DomainError
from core.fields import MAX_QUOTED_LENGTH
from core.sentences import fill
from core.translation import gettext_noop

Body = dict[str, Any]  # the body of a response of an import, or an object in it
# The reasons of an import for which its page offers to create what is missing.
NO_SUPPLIER = gettext_noop("You have no supplier with this name. Create it first, or leave the cell empty.")
NO_LOCATION = gettext_noop("You have no location with this name. Create it first, or leave the cell empty.")
NO_TAX = gettext_noop("You have no rate of VAT with this name or this number. Add it first, or leave the cell empty.")


class ImportRunning(APIException):
    """Another import of the account did not end in time, or other requests kept changing the same products."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "import_running"
    default_detail = gettext_lazy(
        "Another import of this shop is running, or its products are being changed. Nothing was imported. Send the file"
        " again in a moment."
    )
    wait = 5  # seconds


class TooManyWorkbooks(APIException):
    """No process for reading a workbook is free, because other accounts use all of them."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_busy"
    default_detail = gettext_lazy(
        "Too many workbooks are being read at this moment. Nothing was imported. Send the file again in a moment, or"
        " save it as CSV."
    )
    wait = 5  # seconds


class InvalidFile(DomainError):
    code = "invalid_file"
    detail = "This file can't be imported. {reason}"
    when = "the file of an import can't be read. It may have an unknown column, or no rows"
    also = (
        "`reason`, and if it has a header `columns` and `preview`: its columns and first rows, as in a dry run."
        " `header_line` is the line of its header, and `first_rows` are the rows that may be the header, if there is a"
        " doubt. `questions` has what somebody has to decide. If its encoding is unknown, `encodings` has a sample in"
        " each"
    )

    def __init__(self, reason: str, preview: Body | None = None) -> None:
        super().__init__(reason=reason)
        self.preview = preview or {}

    def as_dict(self) -> Body:
        return {**super().as_dict(), **self.preview}


class FileNotCompared(InvalidFile):
    """The file of a comparison can't be read."""

    detail = "This file can't be compared. {reason}"


class InvalidRows(DomainError):
    """The bad cells and lines of a file. The error has their number and the first MAX_ROWS_LISTED."""

    code = "invalid_rows"
    detail = (
        "The file has wrong cells or lines: {total}. Nothing was imported."
        " Correct those listed in rows and send the file again."
    )
    when = "some rows of an import are wrong, so nothing was imported"
    also = (
        "`total`, `rows`: line (1 is the first of the file), column, reason and cell (its first 40 characters) of the"
        " first 1,000, and `columns`, `preview`, `choices`, `recognised`, `left_out` and `questions` as in a dry run"
    )
    MAX_ROWS_LISTED = 1000

    def __init__(self, rows: "list[RowError]", total: int) -> None:
        super().__init__(total=total)
        self.rows = rows
        self.preview: Body = {}

    def as_dict(self) -> Body:
        rows = [row._asdict() for row in sorted(self.rows)]
        return {**super().as_dict(), "rows": rows, **self.preview}


class TooManyRows(DomainError):
    code = "too_many_rows"
    detail = (
        "A file may have at most {limit} rows, so nothing was imported."
        " Split it and import the parts one after the other."
    )
    when = "the file of an import has too many rows. Nothing was imported"
    also = "`limit`"


class Refused(Exception):
    """A row is refused because of what a cell says, such as a name that nothing or several have."""

    def __init__(self, column: str, reason: str, **values: Any) -> None:
        self.column = column
        super().__init__(fill(reason, **values))


class RowError(NamedTuple):
    """A bad cell, or a bad line if the column is empty."""

    line: int
    column: str
    reason: str
    cell: str


# If the wrong rows of a file are left out, these numbers of errors are kept: first all of them, then the first one of
# each further line. Together they take about 50 MB.
MAX_ERRORS_KEPT, MAX_LINES_KEPT = 20_000, 300_000


@dataclass
class RowErrors:
    """The bad cells and lines found so far. All are counted, and the first are kept.

    `independent` has the lines that are wrong regardless of other lines. With `keeps_lines`, later lines are kept, too.
    Each of them has its first error, and the first error in another column than the barcode.
    """

    rows: list[RowError] = field(default_factory=list)
    total: int = 0
    limit: int = InvalidRows.MAX_ROWS_LISTED
    independent: set[int] = field(default_factory=set)
    keeps_lines: bool = False
    settled: set[int] = field(default_factory=set)  # the lines with an error in another column than the barcode

    def keep_lines(self) -> None:
        self.limit, self.keeps_lines = MAX_ERRORS_KEPT, True

    def add_line_error(self, line: int, reason: str) -> None:
        self.add_error(line, "", reason)

    def add_error(self, line: int, column: str, reason: str, cell: str = "", *, depends: bool = False) -> None:
        """Record an error of a cell. The first MAX_QUOTED_LENGTH characters of the cell are kept.

        With `depends`, the cell may be right if another line of the file is left out. Raise InvalidRows if more lines
        are wrong than can be kept.
        """
        self.total += 1
        if len(self.rows) < self.limit or (self.keeps_lines and line not in self.settled):
            # Many rows have the same error, so its texts are kept in memory only once.
            self.rows.append(RowError(line, intern(column), intern(reason), intern(cell[:MAX_QUOTED_LENGTH])))
        if self.keeps_lines and column != "barcode":
            self.settled.add(line)
        if not depends:
            self.independent.add(line)
        if len(self.rows) >= MAX_ERRORS_KEPT + MAX_LINES_KEPT:
            self.raise_if_any()

    @contextmanager
    def of(self, line: int, cells: Mapping[str, str], column: str = "") -> Iterator[None]:
        """Record Refused, or a DomainError of the column, if the block raises it. `cells` has the texts of the line."""
        try:
            yield
        except (Refused, DomainError) as error:
            column = error.column if isinstance(error, Refused) else error.numbers.get("field", column)
            self.add_error(line, column, str(error), cells.get(column, ""))

    def replace(self, rows: list[RowError], dropped: int = 0) -> None:
        """Replace the errors found so far with these. `dropped` is the number of errors that were not kept."""
        self.rows, self.total, self.independent, self.settled = rows, len(rows) + dropped, set(), set()

    def copy(self) -> "RowErrors":
        """Return a copy. Errors that are added to it do not change these."""
        return replace(self, rows=[*self.rows], independent={*self.independent}, settled={*self.settled})

    def raise_if_any(self) -> None:
        if self.total:
            raise InvalidRows(self.rows[: InvalidRows.MAX_ROWS_LISTED], self.total)
