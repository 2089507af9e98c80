"""Open a file with a table by its kind, and read CSV of any spreadsheet program as rows of text."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from core.files.encodings import BY_PARAMETER, NAMES, Doubtful, guess_encoding, list_unusual_lines
from core.files.limits import (
    ENCRYPTED,
    MAX_CELL_LENGTH,
    MAX_LINE_BYTES,
    MAX_LINES,
    TOO_LONG_ROW,
    TOO_MANY_LINES,
    UnreadableTable,
)
from core.files.workbooks import ZIP, WorkbookTable
from core.sentences import fill
from core.translation import gettext_noop as _

OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the start of .xls files, and of workbooks with a password
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
TEXT_SIGNATURES = {
    b"%PDF": _("It is a PDF: open the table it was made from, and save it as .xlsx or as CSV."),
    b"<": _(
        "It is a web page or XML, whatever its name says: open it in a spreadsheet program,"
        " and save it as .xlsx or as CSV."
    ),
    b"{\\rtf": _("It is a text document (RTF): copy its table into a spreadsheet, and save it as .xlsx or as CSV."),
    **dict.fromkeys((b"{", b"["), _("It is JSON, not a table: send products as JSON to /api/products/.")),
}
OLD_EXCEL = _("It is an old Excel file (.xls): save it as .xlsx or as CSV.")
HEAD_BYTES = 512
DELIMITERS = ";\t|,"  # of several that fit equally, the first one: texts and numbers have commas, too
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
QUOTED_TEXT = re.compile(rf'(?<![^{DELIMITERS}\n])"(?:[^"]|"")*(?:"|\Z)')
OTHER_COMMA = re.compile(r"(?<=\d),(?=\d)|,(?=\s)")  # a comma of a number or a text, in a line with another delimiter
MAX_LINES_SAMPLED = 100  # the lines that show the delimiter
UTF_16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UNKNOWN_ENCODING = _(
    "The file is not UTF-8, and its encoding can't be detected. Choose the encoding in which the text looks right, or"
    " save the file as CSV in UTF-8. {samples}."
)
MAX_SAMPLE_LENGTH = 40
CHUNK_BYTES = 64 * 1024
KEEP_UNDECODABLE = "core.files.keep_undecodable"  # the name of replace_undecodable() as an error handler

Row = tuple[int, list[Any] | None]  # the number of the row's first line, and its cells, or None if they can't be read
Report = Callable[[int, str], None]


class UnknownEncoding(UnreadableTable):
    """The letters do not show the encoding. `samples` has some of the text by the encodings that clients can name."""

    def __init__(self, samples: dict[str, str]) -> None:
        shown = "; ".join(f"{name}: {text}" for name, text in samples.items())
        super().__init__(fill(UNKNOWN_ENCODING, samples=shown))
        self.samples = samples


class CSVTable:
    """The rows of a CSV file, which may be read more than once. The encoding and the delimiter are detected."""

    delimiter = ""  # known after the first row is read

    def __init__(self, file: Any, encoding: str = "") -> None:
        self.encoding = encoding or find_encoding(file)
        self.encoding_name = NAMES[self.encoding]
        self.converted = None
        if self.encoding.startswith("utf-16"):  # in UTF-16 a byte of a character may look like a line end
            file = self.converted = convert_to_utf8(file, self.encoding)
            self.encoding = "utf-8"
        self.file = RereadableFile(file)

    def close(self) -> None:
        if self.converted:
            self.converted.close()

    @property
    def parameter(self) -> str:
        """Return the encoding as clients name it."""
        return self.encoding_name.lower().replace(" ", "-")

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about how the file is read."""
        if self.encoding_name in (NAMES["utf-8"], NAMES["utf-16-le"]):
            return []
        return [fill("The file is not UTF-8: it is read as {encoding}.", encoding=self.encoding_name)]

    def read_rows(self, report: Report) -> Iterator[Row]:
        """Yield each row, including blank ones. Report lines that are not text or not CSV."""
        lines = self.read_lines(report)
        first = next(lines, "")
        skipped = 0
        if named := SEPARATOR_LINE.fullmatch(first):
            self.delimiter, skipped = named[1], 1
        elif self.delimiter:
            lines = chain([first], lines)
        else:
            self.delimiter, lines = detect_delimiter(first, lines)
        if self.delimiter == "\t" and first.count(",\t") == first.count("\t"):  # the cells have both
            lines = (line.replace(",\t", "\t") for line in lines)
        lines_of_row = RowLines(lines)
        reader = csv.reader(lines_of_row, delimiter=self.delimiter, strict=True)
        while True:
            number = reader.line_num + 1 + skipped
            lines_of_row.length = 0
            try:
                cells = next(reader)
                if lines_of_row.length > MAX_CELL_LENGTH:
                    cells = [cell[: MAX_CELL_LENGTH + 1] for cell in cells]  # these are still refused as too long
                yield number, cells
            except StopIteration:
                return
            except RowTooLong:
                skipped += 1  # the reader has not received this line
                said = gettext("The row is longer than {limit} characters. Check its quotes, or shorten it.")
                report(number, said.format(limit=MAX_LINE_BYTES))
                yield number, None
            except csv.Error as error:
                said = gettext("This line is not valid CSV: {error}. Check its quotes and delimiters.")
                report(number, said.format(error=error))
                yield number, None

    def read_lines(self, report: Report) -> Iterator[str]:
        """Yield the lines as text. Report those that can't be decoded or are too long, and the first one too many."""
        encoding = self.encoding
        for number, line in enumerate(self.file, 1):
            if number > MAX_LINES:
                report(number, gettext(TOO_MANY_LINES).format(MAX_LINES))
                return
            if len(line) > MAX_LINE_BYTES:
                report(number, gettext(TOO_LONG_ROW).format(MAX_LINE_BYTES))
                line = b"\n"
            try:
                text = line.decode("utf-8-sig" if number == 1 and encoding == "utf-8" else encoding)
            except UnicodeDecodeError:
                said = gettext("This line is not {encoding}. Save the file as CSV in UTF-8.")
                report(number, said.format(encoding=self.encoding_name))
                text = line.decode(encoding, errors="replace")
            yield text


class RowTooLong(Exception):
    """A row is longer than MAX_LINE_BYTES characters. It has several lines, because of line ends in quotes."""


class RowLines:
    """Yields lines to a csv.reader. `length` is the number of characters of the current row, which has a limit."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.length = lines, 0

    def __iter__(self) -> "RowLines":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.length += len(line)
        if self.length > MAX_LINE_BYTES:
            raise RowTooLong
        return line


def detect_delimiter(first: str, lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the delimiter that most of the first lines have, and all lines, including the first.

    Of several, it is the one that makes the most cells, as far as its first line has as many.
    """
    read, size = [first], len(first)
    while len(read) < MAX_LINES_SAMPLED and size < MAX_LINE_BYTES and (line := next(lines, "")):
        read.append(line)
        size += len(line)
    shown = QUOTED_TEXT.sub("x", "".join(read)).splitlines()
    counts = [count_delimiters(line) for line in shown if any(map(str.isalnum, line))]
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in DELIMITERS:
        if found := [line[delimiter] for line in counts if line[delimiter]]:
            scores[delimiter] = len(found), sum(min(number, found[0]) for number in found)
    return max(scores, key=scores.__getitem__, default=","), chain(read, lines)


def count_delimiters(line: str) -> Counter[str]:
    """Return the number of each delimiter in a line without quoted texts."""
    counts = Counter(filter(DELIMITERS.__contains__, line))
    if len(counts) > 1:
        counts[","] -= len(OTHER_COMMA.findall(line))
    return counts


class RereadableFile:
    """Iterates over the lines of a file as bytes. A second iteration does not disturb the first.

    The middle of a line longer than MAX_LINE_BYTES is omitted, so that the time and the memory for a line are limited.
    The rest is still longer than MAX_LINE_BYTES, so that the line can be refused.
    """

    def __init__(self, file: Any) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        last = b""
        for chunk in self.read_chunks():
            *lines, last = (last + chunk).splitlines(keepends=True)  # the next chunk may continue the last one
            yield from lines
            last = last[: MAX_LINE_BYTES + 1]
        if last:
            yield last

    def read_chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces. Another iteration may move the position between two of them."""
        place = 0
        while True:
            self.file.seek(place)
            if not (chunk := self.file.read(CHUNK_BYTES)):
                return
            place += len(chunk)
            yield chunk


def find_encoding(file: Any) -> str:
    """Return the name of the file's encoding. One damaged line does not change the encoding of a UTF-8 file."""
    file.seek(0)
    mark = file.read(2)
    if mark in UTF_16_MARKS:
        return UTF_16_MARKS[mark]
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
        lines = iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")  # a longer line is split into pieces
        if any(map(is_utf8_beyond_ascii, lines)):
            return "utf-8"
        file.seek(0)
        return guess_code_page(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), file.seek(0, 2) - file.seek(0))
    return "utf-8"


def guess_code_page(lines: Iterator[bytes], size: int) -> str:
    """Return the encoding of lines that are not UTF-8. Raise UnknownEncoding if they show none."""
    try:
        return guess_encoding(list_unusual_lines(lines), size)
    except Doubtful as error:
        raise UnknownEncoding(
            {
                name: " ".join(error.samples[codec].split())[:MAX_SAMPLE_LENGTH]
                for name, codec in BY_PARAMETER.items()
                if codec in error.samples
            }
        ) from error


def is_utf8_beyond_ascii(line: bytes) -> bool:
    if line.isascii():
        return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def convert_to_utf8(file: Any, encoding: str) -> Any:
    """Return a temporary file with the same text in UTF-8."""
    # Bytes that can't be decoded become a byte that is not valid in UTF-8 either, so that their line is refused later.
    converted = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115, the caller closes it
    decoder = codecs.getincrementaldecoder(encoding)(errors=KEEP_UNDECODABLE)
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        converted.write(decoder.decode(chunk).encode(errors="surrogateescape"))
    converted.write(decoder.decode(b"", final=True).encode(errors="surrogateescape"))
    return converted


def replace_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Return the surrogate that the error handler `surrogateescape` writes as the byte FF, and where to continue."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(KEEP_UNDECODABLE, replace_undecodable)


Table = CSVTable | WorkbookTable


def open_table(file: Any, owner_id: int, encoding: str = "") -> Table:
    """Return the rows of the account's file by its kind. Raise UnreadableTable or ReaderBusy.

    `encoding` is that of a CSV file, by default the one that its bytes show.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(OLD_OR_ENCRYPTED):
        raise UnreadableTable(ENCRYPTED if contains(file, ENCRYPTED_STREAM) else OLD_EXCEL)
    if head.startswith(ZIP):
        return WorkbookTable(file, owner_id)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, reason in TEXT_SIGNATURES.items():
        if text.startswith(signature):
            raise UnreadableTable(reason)
    return CSVTable(file, encoding)


def contains(file: Any, text: bytes) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(CHUNK_BYTES):
        if text in before + chunk:
            return True
        before = chunk[-len(text) :]
    return False
