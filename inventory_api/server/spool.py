"""A queue of bytes: in memory while it is short, in a temporary file when it is long."""

from tempfile import SpooledTemporaryFile

MAX_IN_MEMORY = 64 * 1024


class Spool:
    """Bytes are appended at the end and taken from the start."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.file = SpooledTemporaryFile(MAX_IN_MEMORY)  # noqa: SIM115, close() closes it
        self.start = self.end = 0

    def close(self) -> None:
        self.file.close()
        self.start = self.end = 0

    def __len__(self) -> int:
        return self.end - self.start

    def append(self, data: bytes) -> None:
        self.file.seek(self.end)
        self.file.write(data)
        self.end += len(data)

    def peek(self, size: int) -> bytes:
        """Return up to `size` bytes from the start and keep them."""
        self.file.seek(self.start)
        return self.file.read(min(size, len(self)))

    def skip(self, size: int) -> None:
        """Remove `size` bytes from the start. The space that they took is released once what remains fits in memory."""
        self.start += size
        if self.start == self.end or self.start > MAX_IN_MEMORY >= len(self):
            rest = self.peek(MAX_IN_MEMORY)
            self.close()
            self.clear()
            self.append(rest)
