"""Detect the kind of a file by its first bytes, and open it, or raise an error that says how to save it instead."""

import zipfile
from typing import Any

from core.tables.csv_files import CSVTable
from core.tables.workbook_reader import BROKEN, UnreadableWorkbook
from core.tables.workbooks import ZIP, WorkbookTable

Table = CSVTable | WorkbookTable

OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and workbooks with a password
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ENCRYPTED_PART = b"manifest:encryption-data"
SAVE_AS = "save it as .xlsx or as CSV"
TEXT_SIGNATURES = {
    b"%PDF": f"It is a PDF: open the table it was made from, and {SAVE_AS}.",
    b"<": f"It is a web page or XML, whatever its name says: open it in a spreadsheet program, and {SAVE_AS}.",
    b"{\\rtf": f"It is a text document (RTF): copy its table into a spreadsheet, and {SAVE_AS}.",
    b"{": "It is JSON, not a table: send products as JSON to /api/products/.",
    b"[": "It is JSON, not a table: send products as JSON to /api/products/.",
}
ENCRYPTED = "The workbook has a password: save it without one, or as CSV."
PARTS = {
    "xl/workbook.xml": "",
    "content.xml": "",
    "xl/workbook.bin": f"It is a binary workbook (.xlsb): {SAVE_AS}.",
    "Index/Document.iwa": "It is a file of Numbers: export it as Excel or as CSV.",
    "word/document.xml": f"It is a text document: copy its table into a spreadsheet, and {SAVE_AS}.",
}
HEAD_BYTES = 512
CHUNK_BYTES = 1024 * 1024


class UnreadableTable(Exception):
    """The file is no table that can be read; the message says what to do."""


def open_table(file: Any) -> Table:
    """Return the rows of the file by its kind. Raise UnreadableTable."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(OLD_OR_ENCRYPTED):
        is_encrypted = contains(file, ENCRYPTED_STREAM)
        raise UnreadableTable(ENCRYPTED if is_encrypted else f"It is an old Excel file (.xls): {SAVE_AS}.")
    if head.startswith(ZIP):
        return open_workbook(file)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, reason in TEXT_SIGNATURES.items():
        if text.startswith(signature):
            raise UnreadableTable(reason)
    return CSVTable(file)


def open_workbook(file: Any) -> WorkbookTable:
    """Return the rows of the workbook. Raise UnreadableTable for other archives, and for what can't be read."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            is_encrypted = ENCRYPTED_PART in read_manifest(archive, names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableTable(BROKEN) from error
    reason = next((reason for name, reason in PARTS.items() if name in names), BROKEN)
    if reason or is_encrypted:
        raise UnreadableTable(ENCRYPTED if is_encrypted else reason)
    try:
        return WorkbookTable(file)
    except UnreadableWorkbook as error:
        raise UnreadableTable(str(error)) from error


def read_manifest(archive: zipfile.ZipFile, names: set[str]) -> bytes:
    """Return the beginning of the list of parts of an .ods file, which tells whether they are encrypted."""
    name = "META-INF/manifest.xml"
    if name not in names:
        return b""
    with archive.open(name) as part:
        return part.read(CHUNK_BYTES)


def contains(file: Any, text: bytes) -> bool:
    """Return whether the text is in the file."""
    file.seek(0)
    before = b""
    while chunk := file.read(CHUNK_BYTES):
        if text in before + chunk:
            return True
        before = chunk[-len(text) :]
    return False
