"""A byte queue. It is in memory while it is short, and in a temporary file when it is long."""

from tempfile import TemporaryFile
from typing import IO

MAX_BYTES_IN_MEMORY = 64 * 1024


class Spool:
    """Bytes are appended at the end and removed from the start."""

    def __init__(self) -> None:
        self.memory = bytearray()
        self.file: IO[bytes] | None = None  # has all bytes from `start` to `end` if they do not fit into memory
        self.start = self.end = 0

    def __len__(self) -> int:
        return self.end - self.start if self.file else len(self.memory)

    def append(self, data: bytes) -> None:
        """Append the bytes. Raise OSError, and change nothing, if the temporary file can't take them."""
        if self.file is None and len(self.memory) + len(data) <= MAX_BYTES_IN_MEMORY:
            self.memory += data
            return
        if self.file is None:
            self.file, self.end = self.move_to_file(), len(self.memory)
            self.memory.clear()
        write(self.file, self.end, data)
        self.end += len(data)

    def move_to_file(self) -> IO[bytes]:
        """Move the bytes from memory to a new file, and return the file."""
        # The file has no buffer, so that a full disk makes append() fail, and not a later call.
        file: IO[bytes] = TemporaryFile(buffering=0)  # noqa: SIM115, close() closes it
        try:
            write(file, 0, bytes(self.memory))
        except OSError:
            file.close()
            raise
        return file

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
        self.memory.clear()
        if self.file:
            self.file.close()
        self.file, self.start, self.end = None, 0, 0


def write(file: IO[bytes], position: int, data: bytes) -> None:
    """Write all of the data. A file without a buffer may write it in parts."""
    file.seek(position)
    while data:
        data = data[file.write(data) :]
