"""Files that several readers can read at the same time, each from its own position."""

from collections.abc import Iterator
from typing import Any

from django.core.files import File

CHUNK_BYTES = 64 * 1024


class RereadableFile(File):
    """Iterates over the lines of a file, as bytes. A second iteration does not disturb the first."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Yield the content in pieces. Seek before each, because another iteration may have moved the position."""
        file: Any = self.file
        place = 0
        while True:
            file.seek(place)
            chunk = file.read(chunk_size or CHUNK_BYTES)
            if not chunk:
                return
            place += len(chunk)
            yield chunk
