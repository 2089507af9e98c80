"""A byte queue: in memory while it is short, in a temporary file when it is long."""

from tempfile import TemporaryFile
from typing import IO

MAX_BYTES_IN_MEMORY = 64 * 1024


class Spool:
    """Bytes are appended at the end and removed from the start."""

    def __init__(self) -> None:
        self.memory = bytearray()
        self.file: IO[bytes] | None = None  # holds all bytes, from `start` to `end`, if they do not fit into memory
        self.start = self.end = 0

    def __len__(self) -> int:
        return self.end - self.start if self.file else len(self.memory)

    def append(self, data: bytes) -> None:
        if self.file is None and len(self.memory) + len(data) <= MAX_BYTES_IN_MEMORY:
            self.memory += data
        else:
            self.append_to_file(data)

    def append_to_file(self, data: bytes) -> None:
        if self.file is None:
            self.file = TemporaryFile()  # noqa: SIM115, close() closes it
            self.end = self.file.write(self.memory)
            self.memory.clear()
        self.file.seek(self.end)
        self.end += self.file.write(data)

    def peek(self, size: int) -> bytes:
        """Return up to `size` bytes from the start without removing them."""
        if self.file is None:
            return bytes(self.memory[:size])
        self.file.seek(self.start)
        return self.file.read(min(size, len(self)))

    def skip(self, size: int) -> None:
        """Remove `size` bytes from the start. Move the rest back to memory if it is short."""
        if self.file is None:
            del self.memory[:size]
            return
        self.start += size
        if len(self) <= MAX_BYTES_IN_MEMORY < self.start or self.start == self.end:
            rest = self.peek(MAX_BYTES_IN_MEMORY)
            self.close()
            self.memory += rest

    def close(self) -> None:
        """Discard all bytes."""
        self.memory.clear()
        if self.file:
            self.file.close()
        self.file, self.start, self.end = None, 0, 0
