"""Workbooks (`.xlsx`, `.ods`) as rows of texts, numbers and dates: the first sheet, formulas by their stored value."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any

from core.tables.rereadable import RereadableFile
from core.tables.workbook_reader import MAX_DIGITS, TOO_LARGE, UnreadableWorkbook

ZIP = b"PK\x03\x04"  # how both kinds of files begin
MAX_WHOLE = 10**MAX_DIGITS
ROOT = Path(__file__).resolve().parents[2]
MAX_SECONDS = 30
MAX_READERS_AT_ONCE = 1  # in a process: a reader may take several hundred MB
MAX_WAIT_SECONDS = 10  # for another reader
CHUNK_BYTES = 1024 * 1024

reader_slots = BoundedSemaphore(MAX_READERS_AT_ONCE)


class ReaderBusy(Exception):
    """Other workbooks are being read, and did not end in time."""


@contextmanager
def acquire_slot() -> Iterator[None]:
    """Wait until a reader may start. Raise ReaderBusy if that takes too long."""
    if not reader_slots.acquire(timeout=MAX_WAIT_SECONDS):
        raise ReaderBusy
    try:
        yield
    finally:
        reader_slots.release()


class WorkbookTable:
    """The rows of a workbook's first visible sheet, which may be read more than once. Raise UnreadableWorkbook."""

    def __init__(self, file: Any) -> None:
        lines = TemporaryFile()  # noqa: SIM115, closed by close()
        self.lines = RereadableFile(lines)
        try:
            run_reader(file, lines)
            head = json.loads(lines.readline())
            if "error" in head:
                raise UnreadableWorkbook(head["error"])
        except BaseException:
            self.close()
            raise
        self.sheet, self.others = head["sheet"], head["others"]

    def close(self) -> None:
        """Delete the temporary file."""
        self.lines.close()

    @property
    def notes(self) -> list[str]:
        """What the user should know about how the file is read."""
        if not self.others:
            return []
        others = ", ".join(self.others)[:200]
        return [
            f'Only the sheet "{self.sheet}" is read. Other sheets are ignored: {others}. To import another one, make it'
            " the first."
        ]

    def read_rows(self, report: Callable[[int, str], None]) -> Iterator[tuple[int, list[Any]]]:
        """Yield the number and the cells of each row, blank ones included."""
        lines = iter(self.lines)
        next(lines)  # the names of the sheets
        for number, line in enumerate(lines, 1):
            yield number, [parse_cell(cell) for cell in json.loads(line, parse_int=Decimal, parse_float=Decimal)]


def run_reader(file: Any, lines: IO[bytes]) -> None:
    """Let core/tables/workbook_reader.py write the rows of the file. Raise UnreadableWorkbook if it fails."""
    command = [sys.executable, "-m", "core.tables.workbook_reader"]
    with TemporaryFile() as book, acquire_slot():
        copy_file(file, book)
        try:
            done = subprocess.run(  # noqa: S603, constants
                command, stdin=book, stdout=lines, stderr=subprocess.DEVNULL, cwd=ROOT, env={}, timeout=MAX_SECONDS,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise UnreadableWorkbook(TOO_LARGE) from error
    if done.returncode:
        raise UnreadableWorkbook(TOO_LARGE)
    lines.seek(0)


def copy_file(source: Any, target: IO[bytes]) -> None:
    """Copy the file, and go to the start of the copy."""
    source.seek(0)
    while chunk := source.read(CHUNK_BYTES):
        target.write(chunk)
    target.flush()
    target.seek(0)


def parse_cell(cell: Any) -> Any:
    """Return the text, the number, or the date; a date with a time of day as text."""
    if isinstance(cell, list):
        return date.fromisoformat(cell[0]) if len(cell[0]) == 10 else cell[0]
    return cell
