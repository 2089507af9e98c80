"""Detect the kind of a file by its first bytes, and open it. Errors say in which format to save it instead."""

from typing import Any

from core.files.archives import ENCRYPTED, SAVE_AS, UnreadableTable
from core.files.csv_files import CSVTable
from core.files.workbooks import ZIP, WorkbookTable

Table = CSVTable | WorkbookTable

OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the start of .xls files, and of workbooks with a password
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
TEXT_SIGNATURES = {
    b"%PDF": f"It is a PDF: open the table it was made from, and {SAVE_AS}.",
    b"<": f"It is a web page or XML, whatever its name says: open it in a spreadsheet program, and {SAVE_AS}.",
    b"{\\rtf": f"It is a text document (RTF): copy its table into a spreadsheet, and {SAVE_AS}.",
    **dict.fromkeys((b"{", b"["), "It is JSON, not a table: send products as JSON to /api/products/."),
}
HEAD_BYTES = 512
CHUNK_BYTES = 1024 * 1024


def open_table(file: Any, owner_id: int) -> Table:
    """Return the rows of the file by its kind. Raise UnreadableTable, or ReaderBusy if other workbooks are being read.

    `owner_id` is the account that has sent the file.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(OLD_OR_ENCRYPTED):
        is_encrypted = contains(file, ENCRYPTED_STREAM)
        raise UnreadableTable(ENCRYPTED if is_encrypted else f"It is an old Excel file (.xls): {SAVE_AS}.")
    if head.startswith(ZIP):
        return WorkbookTable(file, owner_id)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, reason in TEXT_SIGNATURES.items():
        if text.startswith(signature):
            raise UnreadableTable(reason)
    return CSVTable(file)


def contains(file: Any, text: bytes) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(CHUNK_BYTES):
        if text in before + chunk:
            return True
        before = chunk[-len(text) :]
    return False
