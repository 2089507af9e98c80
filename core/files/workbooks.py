"""A sheet of a workbook (`.xlsx`, `.ods`) as rows of texts, numbers, dates and stored values of formulas."""

import json
from collections.abc import Callable, Iterator
from tempfile import NamedTemporaryFile
from typing import Any

from django.utils.translation import gettext

from core.files.limits import TOO_LARGE, UnreadableTable
from core.files.reader_process import ReaderFailed, run_reader
from core.files.workbook_reader import MAX_DIGITS, parse_row

ZIP = b"PK\x03\x04"  # both kinds of files begin with it
MAX_WHOLE = 10**MAX_DIGITS
READER = "core.files.workbook_reader"


class WorkbookTable:
    """The rows of a sheet of a workbook, at first of the first visible one. They may be read more than once."""

    def __init__(self, file: Any, owner_id: int) -> None:
        """Read the file of this account. Raise UnreadableTable or ReaderBusy."""
        self.file, self.owner_id = file, owner_id
        self.counted = set[int]()  # the columns with quantities: only the first row of merged cells has their quantity
        self.lines = NamedTemporaryFile()  # noqa: SIM115, closed by close()
        try:
            self.read_sheet(0)
        except BaseException:
            self.close()
            raise

    def read_sheet(self, place: int) -> None:
        """Read another visible sheet, whose places begin at 0. Raise UnreadableTable or ReaderBusy."""
        self.lines.seek(0)
        self.lines.truncate()
        try:
            run_reader(READER, self.file, self.lines, self.owner_id, str(place))
            head = json.loads(self.lines.readline())
        except ReaderFailed as error:
            raise UnreadableTable(str(error) or TOO_LARGE) from error
        self.sheet, self.others, self.sheet_count = head["sheet"], head["others"], head["visible"]

    def close(self) -> None:
        self.lines.close()

    @property
    def notes(self) -> list[str]:
        """Return what the user should know about how the file is read."""
        if not self.others:
            return []
        said = gettext(
            'Only the sheet "{sheet}" is read. Other sheets are ignored: {others}.'
            " To import another one, make it the first."
        )
        return [said.format(sheet=self.sheet, others=self.others)]

    def read_rows(self, report: Callable[[int, str], None]) -> Iterator[tuple[int, list[Any] | None]]:
        """Yield the number and the cells of each row that is not blank. Report rows that are too long."""
        with open(self.lines.name, "rb") as lines:
            next(lines)  # skips the names of the sheets
            for line in lines:
                number, cells, values = parse_row(line)
                if isinstance(cells, str):
                    report(number, gettext(cells).format(*values))
                    yield number, None
                else:
                    for column in self.counted.intersection(map(int, values)):
                        cells[column] = ""
                    yield number, cells
