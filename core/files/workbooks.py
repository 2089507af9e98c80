"""The first sheet of a workbook (`.xlsx`, `.ods`) as rows of texts, numbers, dates and stored values of formulas."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile, TemporaryFile
from threading import Condition
from typing import IO, Any

from django.utils.translation import gettext

from core.files.archives import TOO_LARGE, UnreadableTable
from core.files.workbook_reader import MAX_DIGITS

ZIP = b"PK\x03\x04"  # both kinds of files begin with it
MAX_WHOLE = 10**MAX_DIGITS
ROOT = Path(__file__).resolve().parents[2]
MAX_SECONDS = 30
# The limit of a process. A reader can take several hundred MB, so an account may have only one at a time.
MAX_READERS_AT_ONCE = 2
MAX_WAIT_SECONDS = 10  # the time to wait for other readers


class ReaderBusy(Exception):
    """Other workbooks were being read for too long. `is_own` is true if one of them belongs to the same account."""

    def __init__(self, is_own: bool) -> None:
        super().__init__(is_own)
        self.is_own = is_own


class ReaderSlots:
    """Limits the readers that run at the same time. An account has at most one of them, so it can't occupy all."""

    def __init__(self) -> None:
        self.changed, self.owners = Condition(), set[int]()

    @contextmanager
    def acquire(self, owner_id: int) -> Iterator[None]:
        """Wait until a reader of the account may start. Raise ReaderBusy if that takes too long."""

        def has_free_slot() -> bool:
            return owner_id not in self.owners and len(self.owners) < MAX_READERS_AT_ONCE

        with self.changed:
            if not self.changed.wait_for(has_free_slot, MAX_WAIT_SECONDS):
                raise ReaderBusy(is_own=owner_id in self.owners)
            self.owners.add(owner_id)
        try:
            yield
        finally:
            with self.changed:
                self.owners.remove(owner_id)
                self.changed.notify_all()


reader_slots = ReaderSlots()


class WorkbookTable:
    """The rows of a workbook's first visible sheet, which may be read more than once."""

    def __init__(self, file: Any, owner_id: int) -> None:
        """Read the file of this account. Raise UnreadableTable or ReaderBusy."""
        self.lines = NamedTemporaryFile()  # noqa: SIM115, closed by close()
        try:
            run_reader(file, self.lines, owner_id)
            head = json.loads(self.lines.readline())
            if "error" in head:
                raise UnreadableTable(head["error"])
        except BaseException:
            self.close()
            raise
        self.sheet, self.others = head["sheet"], head["others"]

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
                number, cells, *values = json.loads(line, parse_float=Decimal, parse_int=Decimal)
                if isinstance(cells, str):
                    report(int(number), gettext(cells).format(*values))
                    yield int(number), None
                else:
                    yield int(number), [parse_date(cell[0]) if isinstance(cell, list) else cell for cell in cells]


def run_reader(file: Any, lines: IO[bytes], owner_id: int) -> None:
    """Let core/files/workbook_reader.py write the rows of the file. Raise UnreadableTable if it fails."""
    command = [sys.executable, "-m", "core.files.workbook_reader"]
    with TemporaryFile() as book, reader_slots.acquire(owner_id):
        file.seek(0)
        copyfileobj(file, book)
        book.seek(0)
        try:
            subprocess.run(  # noqa: S603, constants
                command, stdin=book, stdout=lines, stderr=subprocess.DEVNULL, cwd=ROOT, env={}, timeout=MAX_SECONDS,
                check=True,
            )  # fmt: skip
        except subprocess.SubprocessError as error:
            raise UnreadableTable(TOO_LARGE) from error
    lines.seek(0)


def parse_date(text: str) -> date | str:
    """Return the date. A date with a time of day is returned as text."""
    return date.fromisoformat(text) if len(text) == 10 else text
