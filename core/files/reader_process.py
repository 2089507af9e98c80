"""A process with limits that reads one file: `run_reader()` starts it, and `serve()` is its main function.

A file of 5 KB can make the library that reads it request any amount of memory. The library then aborts its process. So
workbooks and pictures, which need such libraries, are read in a separate process, which has no settings and no
database. The two processes exchange only this:

- The reader gets the file as its standard input, and writes the result to its standard output, which is a file.
- If it refuses the file, it writes the reason to its standard error, and its exit status is REFUSED. The result does
  not count then, however much of it is written.
- Any other exit status except 0 means that it has exceeded a limit or failed.
"""

import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile, mkstemp
from threading import Lock
from typing import IO, Any

MAX_MEMORY_BYTES = 512 * 1024 * 1024  # 100,000 rows of 14 columns take 160 MB; as .ods they take 220 MB
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
MAX_CPU_SECONDS = 20
MAX_SECONDS = 30
MAX_REASON_BYTES = 1000
# The most readers that all web processes of a server run at a time, because a reader can take several hundred MB. An
# account may have only one of them.
MAX_READERS_AT_ONCE = 2
REFUSED = 65  # the exit status of a reader that refuses its file
ROOT = Path(__file__).resolve().parents[2]


class ReaderFailed(Exception):
    """The reader has refused its file. The message is the reason, or empty if the reader has exceeded a limit."""


class ReaderBusy(Exception):
    """Too many other files are being read. `is_own` is true if one of them belongs to the same account."""

    def __init__(self, is_own: bool) -> None:
        super().__init__(is_own)
        self.is_own = is_own


class ReaderSlots:
    """Limits the readers that run at the same time. An account has at most one of them, so it can't occupy all.

    The processes that gunicorn forks share a file without a name, and lock one byte of it for each slot and each
    account that a reader uses. When a process ends in any way, the system unlocks its bytes. The lock of a process does
    not exclude its own threads, so these also look at `held`.
    """

    def __init__(self) -> None:
        self.mutex, self.held = Lock(), set[int]()
        self.file, path = mkstemp()
        os.unlink(path)

    @contextmanager
    def acquire(self, owner_id: int) -> Iterator[None]:
        """Take a slot for a reader of the account. Raise ReaderBusy at once if there is none: no thread waits here."""
        of_owner = MAX_READERS_AT_ONCE + owner_id
        if not self.hold(of_owner):
            raise ReaderBusy(is_own=True)
        try:
            slot = next(filter(self.hold, range(MAX_READERS_AT_ONCE)), None)
            if slot is None:
                raise ReaderBusy(is_own=False)
            try:
                yield
            finally:
                self.release(slot)
        finally:
            self.release(of_owner)

    def hold(self, place: int) -> bool:
        """Lock this byte of the file, and return whether it was free."""
        with self.mutex, suppress(BlockingIOError):
            if place not in self.held:
                fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
                self.held.add(place)
                return True
        return False

    def release(self, place: int) -> None:
        with self.mutex:
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, place)
            self.held.remove(place)


reader_slots = ReaderSlots()


def run_reader(module: str, file: Any, output: IO[bytes], owner_id: int, *arguments: str) -> None:
    """Let the module, which calls serve(), read the account's file and write the result into the output.

    Raise ReaderFailed or ReaderBusy.
    """
    with TemporaryFile() as source, TemporaryFile() as reason, reader_slots.acquire(owner_id):
        file.seek(0)
        copyfileobj(file, source)
        source.seek(0)
        try:
            done = subprocess.run(  # noqa: S603, constants
                [sys.executable, "-m", module, *arguments], stdin=source, stdout=output, stderr=reason, cwd=ROOT,
                env={}, timeout=MAX_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ReaderFailed from error
        if done.returncode:
            reason.seek(0)
            raise ReaderFailed(reason.read(MAX_REASON_BYTES).decode() if done.returncode == REFUSED else "")
    output.seek(0)


def serve(read: Callable[..., Iterable[bytes]], refusal: type[Exception]) -> None:
    """Read the file in this process: write what `read` yields, or the reason if it raises the refusal.

    `read` gets the file and the arguments of the process.
    """
    limit(resource.RLIMIT_AS, MAX_MEMORY_BYTES)
    limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    limit(resource.RLIMIT_FSIZE, MAX_OUTPUT_BYTES)
    limit(resource.RLIMIT_CORE, 0)
    try:
        for part in read(sys.stdin.buffer.read(), *sys.argv[1:]):
            sys.stdout.buffer.write(part)
    except refusal as error:
        sys.stderr.buffer.write(str(error).encode())
        sys.exit(REFUSED)


def limit(kind: int, amount: int) -> None:
    """Limit a resource. If this process exceeds the limit, the system ends it or refuses memory."""
    with suppress(ValueError, OSError):  # some systems lack some of the limits
        resource.setrlimit(kind, (amount, amount))
