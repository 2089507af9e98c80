"""The limits of a file with a table, and which workbooks are refused. The reader's process has no Django."""

import io
import zipfile

from core.translation import gettext_noop as _

MAX_PARTS = 10_000  # the limit of sheets, pictures and other parts, which TOO_MANY_PARTS names
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_SMALL_PART_BYTES = 16 * 1024 * 1024  # the limit of parts that are read as a whole: styles, names of sheets
PART_SIGNATURE = b"PK\x01\x02"  # each entry in the list of parts begins with it
MANIFEST = "META-INF/manifest.xml"
ENCRYPTED_PART = b"manifest:encryption-data"
ARCHIVE_ERRORS = (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError)

BROKEN = _("It can't be read as a workbook: it may be damaged. Open it in a spreadsheet program and save it as CSV.")
TOO_LARGE = _("The workbook is too large, or damaged: open it, remove what is not needed, and save it as CSV.")
TOO_MANY_PARTS = _("The workbook has more than 10,000 parts: remove its pictures and other sheets, or save it as CSV.")
ENCRYPTED = _("The workbook has a password: save it without one, or as CSV.")
REASONS_BY_PART = {
    "xl/workbook.xml": "",
    "content.xml": "",
    "xl/workbook.bin": _("It is a binary workbook (.xlsb): save it as .xlsx or as CSV."),
    "Index/Document.iwa": _("It is a file of Numbers: export it as Excel or as CSV."),
    "word/document.xml": _("It is a text document: copy its table into a spreadsheet, and save it as .xlsx or as CSV."),
}


class UnreadableTable(Exception):
    """The file is not a readable table. The message says what to do."""


def check_archive(data: bytes) -> int:
    """Return the number of bytes that the workbook declares to unpack to. Raise UnreadableTable if it is refused."""
    if data.count(PART_SIGNATURE) > MAX_PARTS:  # this is checked first, because reading the list itself takes long
        raise UnreadableTable(TOO_MANY_PARTS)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            names = set(archive.namelist())
            is_encrypted = MANIFEST in names and ENCRYPTED_PART in read_small_part(archive, MANIFEST)
    except ARCHIVE_ERRORS as error:
        raise UnreadableTable(BROKEN) from error
    reason = next((reason for name, reason in REASONS_BY_PART.items() if name in names), BROKEN)
    if reason or is_encrypted:
        raise UnreadableTable(ENCRYPTED if is_encrypted else reason)
    if size > MAX_UNPACKED_BYTES:
        raise UnreadableTable(TOO_LARGE)
    return size


def read_small_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the content of a part of the archive. Raise UnreadableTable if it is too large."""
    with archive.open(name) as part:
        content = part.read(MAX_SMALL_PART_BYTES + 1)
    if len(content) > MAX_SMALL_PART_BYTES:
        raise UnreadableTable(TOO_LARGE)
    return content


MAX_LINE_BYTES = 1024 * 1024  # the limit of a row; a row of delimiters only takes eight times its size in memory
MAX_LINES = 1_048_576  # the same number as rows in a sheet of Excel; blank lines count, too
MAX_CELL_LENGTH = 32_767  # characters, as in Excel
TOO_LONG_ROW = _("This line is longer than {} bytes. Shorten it.")
TOO_LONG_CELL = _("This cell has {} characters: shorten it to {} or fewer.")
TOO_MANY_LINES = _("The file has more than {:,} lines. Remove the blank ones, or split the file.")
