"""CSV files of any spreadsheet program, as rows of text."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.core.files import File

from core.tables.encodings import MAX_LINE_BYTES, encoding_of

DELIMITERS = ",;\t"
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?\r?\n?', re.IGNORECASE)

Row = tuple[int, list[Any]]
Report = Callable[[int, str], None]


class CSVTable:
    """The rows of a CSV file, which may be read more than once. Its encoding and delimiter are found out."""

    def __init__(self, file: Any) -> None:
        self.file, self.encoding = file, encoding_of(file)

    def rows(self, report: Report) -> Iterator[Row]:
        """Yield the cells of each row, blank ones too, with the number of its first line; the header is the first.

        Lines that are no text or no CSV are reported by their number, and left out.
        """
        lines = self.text_lines(report)
        first = next(lines, "")
        skipped = 0
        if named := SEPARATOR_LINE.fullmatch(first):
            delimiter, skipped = named[1], 1
        else:
            delimiter, lines = max(DELIMITERS, key=first.count), chain([first], lines)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            number = reader.line_num + 1 + skipped
            try:
                yield number, next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                report(number, f"This is not CSV: {error}.")

    def text_lines(self, report: Report) -> Iterator[str]:
        """Yield the lines as text, without a byte order mark. A line that can't be decoded is reported."""
        for number, line in enumerate(self.lines(), 1):
            if len(line) > MAX_LINE_BYTES:
                report(number, f"This line is longer than {MAX_LINE_BYTES} bytes.")
                yield "\n"
                continue
            try:
                text = line if isinstance(line, str) else line.decode(self.encoding)
            except UnicodeDecodeError:
                report(number, f"This line is not {NAMES[self.encoding]}.")
                text = line.decode(self.encoding, errors="replace")
            yield text.removeprefix("\ufeff") if number == 1 else text

    def lines(self) -> Iterator[Any]:
        """Yield the lines as bytes; of UTF-16, where half a character may look like a line end, as text."""
        self.file.seek(0)
        if not self.encoding.startswith("utf-16"):
            yield from File(self.file)  # an uploaded file itself would split all of it at once
            return
        text = io.TextIOWrapper(getattr(self.file, "file", self.file), self.encoding, errors="replace", newline="")
        try:
            yield from text
        finally:
            text.detach()


NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
