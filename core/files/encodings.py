"""Detect the encodings that spreadsheet programs write: UTF-8, UTF-16 with a byte order mark, Windows-1252."""

import codecs
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings

from core.files.limits import MAX_LINE_BYTES

UTF_16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
CHUNK_BYTES = 64 * 1024
KEEP_UNDECODABLE = "core.files.keep_undecodable"  # the name of replace_undecodable() as an error handler


def find_encoding(file: Any) -> str:
    """Return the name of the file's encoding.

    Windows-1252 is assumed only if no line is UTF-8 with characters beyond ASCII, so that one damaged line does not
    change the encoding of a UTF-8 file.
    """
    file.seek(0)
    mark = file.read(2)
    if mark in UTF_16_MARKS:
        return UTF_16_MARKS[mark]
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "utf-8" if any(is_utf8_beyond_ascii(line) for line in iterate_raw_lines(file)) else "cp1252"
    return "utf-8"


def iterate_raw_lines(file: Any) -> Iterator[bytes]:
    """Yield the file's lines as bytes. A line longer than MAX_LINE_BYTES is split into pieces."""
    file.seek(0)
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line


def is_utf8_beyond_ascii(line: bytes) -> bool:
    """Return whether the line is UTF-8 and has characters beyond ASCII."""
    if line.isascii():
        return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def convert_to_utf8(file: Any, encoding: str) -> Any:
    """Return a temporary file with the same text in UTF-8.

    Bytes that can't be decoded become a byte that is not valid in UTF-8 either, so that their line is refused later.
    """
    converted = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115, the caller closes it
    decoder = codecs.getincrementaldecoder(encoding)(errors=KEEP_UNDECODABLE)
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        converted.write(decoder.decode(chunk).encode(errors="surrogateescape"))
    converted.write(decoder.decode(b"", final=True).encode(errors="surrogateescape"))
    return converted


def replace_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Return the surrogate that the error handler `surrogateescape` writes as the byte FF, and where to continue."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(KEEP_UNDECODABLE, replace_undecodable)
