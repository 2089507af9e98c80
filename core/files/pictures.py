"""Read pictures. What is kept of a file is only what the reader's process has drawn again."""

from hashlib import blake2b
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from core.files.reader_process import run_reader

MAX_BYTES = 8 * 1024 * 1024
CONTENT_TYPE = "image/jpeg"  # the type of the pictures that are kept
READER = "core.files.picture_reader"
DIGEST_BYTES = 16


class ReadPicture(NamedTuple):
    """A picture as JPEGs of two sizes, and a digest of the large one in hexadecimal digits."""

    large: bytes
    small: bytes
    digest: str


def read_picture(file: Any, owner_id: int) -> ReadPicture:
    """Return the picture in the account's file. Raise ReaderBusy, or ReaderFailed: with a text for too many pixels."""
    with TemporaryFile() as output:
        run_reader(READER, file, output, owner_id)
        large = output.read(int(output.readline()))
        return ReadPicture(large, output.read(), blake2b(large, digest_size=DIGEST_BYTES).hexdigest())
