"""A process with limits that reads one file: `run_reader()` starts it, and `serve()` is its main function.

A file of 5 KB can make the library that reads it request any amount of memory. The library then aborts its process. So
workbooks and pictures, which need such libraries, are read in a separate process, which has no settings and no
database. The two processes exchange only this:

- The reader gets the file as its standard input, and writes the result to its standard output, which is a file.
- If it refuses the file, it writes the reason to its standard error, and its exit status is REFUSED. The result does
  not count then, however much of it is written.
- Any other exit status except 0 means that it has exceeded a limit or failed.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from threading import Condition
from typing import IO, Any

MAX_MEMORY_BYTES = 512 * 1024 * 1024  # 100,000 rows of 14 columns take 160 MB; as .ods they take 220 MB
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
MAX_CPU_SECONDS = 20
MAX_SECONDS = 30
MAX_REASON_BYTES = 1000
# The limit of a process. A reader can take several hundred MB, so an account may have only one at a time.
MAX_READERS_AT_ONCE = 2
MAX_WAIT_SECONDS = 10  # the time to wait for other readers
REFUSED = 65  # the exit status of a reader that refuses its file
ROOT = Path(__file__).resolve().parents[2]


class ReaderFailed(Exception):
    """The reader has refused its file. The message is the reason, or empty if the reader has exceeded a limit."""


class ReaderBusy(Exception):
    """Other files were being read for too long. `is_own` is true if one of them belongs to the same account."""

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


def run_reader(module: str, file: Any, output: IO[bytes], owner_id: int) -> None:
    """Let the module, which calls serve(), read the account's file and write the result into the output.

    Raise ReaderFailed or ReaderBusy.
    """
    with TemporaryFile() as source, TemporaryFile() as reason, reader_slots.acquire(owner_id):
        file.seek(0)
        copyfileobj(file, source)
        source.seek(0)
        try:
            done = subprocess.run(  # noqa: S603, constants
                [sys.executable, "-m", module], stdin=source, stdout=output, stderr=reason, cwd=ROOT, env={},
                timeout=MAX_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ReaderFailed from error
        if done.returncode:
            reason.seek(0)
            raise ReaderFailed(reason.read(MAX_REASON_BYTES).decode() if done.returncode == REFUSED else "")
    output.seek(0)


def serve(read: Callable[[bytes], Iterable[bytes]], refusal: type[Exception]) -> None:
    """Read the file in this process: write what `read` yields, or the reason if it raises the refusal."""
    limit(resource.RLIMIT_AS, MAX_MEMORY_BYTES)
    limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    limit(resource.RLIMIT_FSIZE, MAX_OUTPUT_BYTES)
    limit(resource.RLIMIT_CORE, 0)
    try:
        for part in read(sys.stdin.buffer.read()):
            sys.stdout.buffer.write(part)
    except refusal as error:
        sys.stderr.buffer.write(str(error).encode())
        sys.exit(REFUSED)


def limit(kind: int, amount: int) -> None:
    """Limit a resource. If this process exceeds the limit, the system ends it or refuses memory."""
    with suppress(ValueError, OSError):  # some systems lack some of the limits
        resource.setrlimit(kind, (amount, amount))
