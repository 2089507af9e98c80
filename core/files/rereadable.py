"""Files that several readers can read at the same time, each from its own position."""

from collections.abc import Iterator
from typing import Any

CHUNK_BYTES = 64 * 1024


class RereadableFile:
    """Iterates over the lines of a file as bytes. A second iteration does not disturb the first.

    The middle of a line longer than `max_line_bytes` is omitted, so that the time and the memory for a line are
    limited. The rest is still longer than `max_line_bytes`, so that the line can be refused.
    """

    def __init__(self, file: Any, max_line_bytes: int) -> None:
        self.file, self.max_line_bytes = file, max_line_bytes

    def close(self) -> None:
        """Close the file. This deletes a temporary file."""
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        last = b""
        for chunk in self.read_chunks():
            *lines, last = (last + chunk).splitlines(keepends=True)  # the next chunk may continue the last one
            yield from lines
            last = last[: self.max_line_bytes + 1]
        if last:
            yield last

    def read_chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces.

        Seek before each piece, because another iteration may have moved the position.
        """
        place = 0
        while True:
            self.file.seek(place)
            if not (chunk := self.file.read(CHUNK_BYTES)):
                return
            place += len(chunk)
            yield chunk
