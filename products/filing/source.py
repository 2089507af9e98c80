"""Read the rows of a file within a limit of processor time, and keep rows that can't be read yet."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from tempfile import SpooledTemporaryFile
from time import thread_time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from core.files.limits import UnreadableTable
from core.files.reader_process import ReaderBusy
from core.files.tables import CSVTable, Report, Row, Table, UnknownEncoding, open_table
from core.files.workbooks import WorkbookTable
from core.files.writers import DELIMITER, EUROPEAN, STANDARD
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.errors import ImportRunning, InvalidFile, TooManyRows, TooManyWorkbooks
from products.filing.states import Item

# Signs that nobody sees. Zero-width joiners count only beside Latin letters: other scripts and emoji need them.
LATIN = r"[\x00-\u024f]"
INVISIBLE = re.compile(
    rf"[\x80-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    rf"|(?<={LATIN})[\u200c\u200d]|[\u200c\u200d](?={LATIN}|$)|^[\u200c\u200d]"
)
MAX_CELLS_CLEANED = 1000  # no file has more columns that are read
MAX_SHEETS_TRIED = 4  # the most sheets of a workbook in which a header is searched
MAX_ROWS = 100_000  # the limit of a file; the worker's memory and the time of a reversal were measured with this number
MAX_ROWS_KEPT = 1000  # the most rows of a file that are not read again
MAX_CPU_SECONDS = 30  # the seconds that this process may work on a file; 100,000 rows of variants take 7
TOO_SLOW = _(
    "Reading the file takes more than {limit} seconds of processor time. Split the file, or shorten its long cells."
)


def ignore(_line: int, _reason: str) -> None:
    """Ignore a line that can't be read. Another reading of the file reports it."""


@contextmanager
def explaining_errors() -> Iterator[None]:
    """Replace the errors of reading a table by the errors of an import."""
    try:
        yield
    except UnknownEncoding as error:
        raise InvalidFile(str(error), {"encodings": error.samples}) from error
    except UnreadableTable as error:
        raise InvalidFile(gettext(str(error))) from error
    except ReaderBusy as error:
        raise (ImportRunning if error.is_own else TooManyWorkbooks) from error


# By the delimiter, the decimal sign of the files that this service and most spreadsheets write.
SIGN_BESIDE = {DELIMITER[STANDARD]: ".", DELIMITER[EUROPEAN]: ","}


class Source:
    """The table in an account's file.

    `encoding` is the codec of a CSV file. By default, it is detected. Raise InvalidFile if the file is not a table,
    ImportRunning while a workbook or a picture of the same account is read, and TooManyWorkbooks while other accounts
    use all readers.
    """

    def __init__(self, file: Any, owner_id: int, encoding: str = "") -> None:
        self.owner_id, self.ends_at = owner_id, thread_time() + MAX_CPU_SECONDS
        self.cleans = True  # whether invisible signs are taken out, as of files that this service has not written
        self.joined: list[int] = []  # the places of the name and of its parts in other columns
        self.kept = dict[int, list[Row]]()  # the rows below a line
        self.cleaned = dict[int, int]()  # the number of cells with such signs, by line
        with explaining_errors():
            self.table: Table = open_table(file, owner_id, encoding)

    def close(self) -> None:
        self.table.close()

    @property
    def sign_beside(self) -> str:
        """Return the decimal sign that goes with the delimiter. It is empty for a workbook and other delimiters."""
        return SIGN_BESIDE.get(self.table.delimiter, "") if isinstance(self.table, CSVTable) else ""

    def read_sheets(self) -> Iterator[int]:
        """Yield the places of the first sheets of a workbook, each after it is read. A CSV file has one."""
        yield 0
        if isinstance(self.table, WorkbookTable):
            for place in range(1, min(self.table.sheet_count, MAX_SHEETS_TRIED)):
                with explaining_errors():
                    self.table.read_sheet(place)
                yield place

    def read_rows(self, last_line: int, report: Report = ignore) -> Iterator[Row]:
        """Return the rows below the row with this line. The first of `joined` has the texts of all of these cells."""
        rows = self.read_below(last_line, report)
        return map(self.join_cells, rows) if self.joined else rows

    def join_cells(self, row: Row) -> Row:
        line, cells = row
        if cells and len(cells) > self.joined[0]:
            texts = (str(cells[place]).strip() for place in self.joined if place < len(cells))
            cells[self.joined[0]] = " ".join(filter(None, texts))
        return line, cells

    def read_below(self, last_line: int, report: Report) -> Iterator[Row]:
        """Return the rows below the row with this line. Those of a small CSV file are kept for the next reading."""
        if last_line in self.kept:
            return iter([(line, cells and [*cells]) for line, cells in self.kept[last_line]])
        faults: list[int] = []

        def report_fault(line: int, reason: str) -> None:
            faults.append(line)
            report(line, reason)

        rows = self.clean(self.table.read_rows(report_fault))
        for line, _cells in rows if last_line else ():
            if line >= last_line:
                break
        if isinstance(self.table, WorkbookTable):
            return rows
        first = [*islice(rows, MAX_ROWS_KEPT + 1)]
        if len(first) <= MAX_ROWS_KEPT and not faults:
            self.kept[last_line] = [(line, cells and [*cells]) for line, cells in first]
        return chain(first, rows)

    def read_first(self, number: int) -> tuple[list[Row], str]:
        """Return at most this many rows that are not blank, and why the last one can't be read, or an empty text."""
        first: list[Row] = []
        reasons: list[str] = []
        rows = self.clean(self.table.read_rows(lambda _line, reason: reasons.append(reason)))
        for row in islice(skip_blank(rows), number):
            first.append(row)
            if row[1] is None:  # finding the end of a malformed row may take long
                break
        return first, reasons[0] if first and first[-1][1] is None else ""

    def clean(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows without invisible signs, and note which lines had some. Raise InvalidFile as watch() does."""
        for line, cells in rows:
            if thread_time() > self.ends_at:
                self.check_time()
            shown = (cells or [])[:MAX_CELLS_CLEANED] if self.cleans else []
            is_plain = "".join(map(str, shown)).isascii()
            found = [] if is_plain else [place for place, cell in enumerate(shown) if has_invisible(cell)]
            if cells and found:
                self.cleaned[line] = len(found)
                for place in found:
                    cells[place] = INVISIBLE.sub("", cells[place])
            yield line, cells

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the rows, or other items of the file. Raise InvalidFile when it has taken too much processor time."""
        for item in items:
            if thread_time() > self.ends_at:
                self.check_time()
            yield item

    def check_time(self) -> None:
        """Raise InvalidFile if the file has taken too much time of the processor, from the header to the last row."""
        if thread_time() > self.ends_at:
            raise InvalidFile(fill(TOO_SLOW, limit=MAX_CPU_SECONDS))


class Spool:
    """A temporary file with rows that are read again later. The rows need no memory."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115, close() closes it

    def write(self, line: int, cells: list[Any] | None) -> None:
        self.file.write(ENCODER.encode([line, cells]).encode() + b"\n")

    def read(self) -> Iterator[Row]:
        self.file.seek(0)
        for text in self.file:
            line, cells = DECODER.decode(text.decode())
            yield line, cells

    def close(self) -> None:
        self.file.close()


def encode_cell(cell: date | Decimal) -> dict[str, str]:
    """Return a date or number from a workbook as a JSON object."""
    return {type(cell).__name__: str(cell)}


def decode_cell(cell: dict[str, str]) -> date | Decimal:
    [(kind, text)] = cell.items()
    return Decimal(text) if kind == Decimal.__name__ else date.fromisoformat(text)


ENCODER = json.JSONEncoder(default=encode_cell, separators=(",", ":"), check_circular=False)
DECODER = json.JSONDecoder(object_hook=decode_cell)


def has_invisible(cell: Any) -> bool:
    return isinstance(cell, str) and not cell.isascii() and INVISIBLE.search(cell) is not None


def count_rows(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are not blank. Raise TooManyRows at the first row above MAX_ROWS."""
    rows_left = MAX_ROWS
    for line, cells in rows:
        if cells is None or has_content(cells):
            if not rows_left:
                raise TooManyRows(limit=MAX_ROWS)
            rows_left -= 1
            yield line, cells


def skip_blank(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are not blank."""
    return ((line, cells) for line, cells in rows if cells is None or has_content(cells))


def find_first(cells: list[Any]) -> str:
    """Return the first cell with content as text."""
    for cell in cells:
        if not isinstance(cell, str) or cell.strip():
            return str(cell)
    return ""


def has_content(cells: list[Any]) -> bool:
    for cell in cells:  # noqa: SIM110, any() is slower, and the first cell nearly always tells
        if not isinstance(cell, str) or cell.strip():
            return True
    return False
