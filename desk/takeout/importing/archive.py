"""Open the archive of an export. Whatever the file has, reading it takes a limited amount of memory.

An archive can have a thousand times the size of its file, and a line of it, as objects of Python, thirty times the size
of its text.
"""

import io
import os
from collections.abc import Iterator
from hashlib import file_digest
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.contrib.auth import get_user_model
from rest_framework.exceptions import ParseError

from core.http.parsers import parse_json
from desk.takeout.columns import FORMAT, ShopTable, list_shop_tables
from desk.takeout.errors import ImportRefused
from records.events.shapes import is_id, is_number, is_text
from stock.models import Import

MAX_BYTES = 8 * 2**20  # the most bytes in memory at once: the list of the files, about.json, or a long line
MAX_LINE_BYTES = 512 * 2**10
LONG_LINES = {Import._meta.db_table}  # an import of 100,000 rows has the ids of all rows that it has created
MAX_VALUES = 600_000  # an import of 100,000 rows has five ids of each. A value takes many times the size of its text
MAX_RATIO = 100  # the most unpacked bytes for each byte of the file; exports have 10 to 40
FREE_BYTES = 64 * 2**20  # a small file may have so many unpacked bytes in any case
CHUNK_BYTES = 64 * 2**10
NOT_IMPORTED = {"stock_verification"}  # it names the database servers; the import verifies the ledger itself
USERS = get_user_model()._meta.db_table

Row = dict[str, Any]


def refuse_damaged(what: str) -> ImportRefused:
    return ImportRefused(f"This is no export of a shop, or it is damaged: {what}.")


class LimitedFile:
    """A file of which at most MAX_BYTES are read at once. ZipFile reads the list of its files in one piece."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.seek, self.tell, self.seekable = file, file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(MAX_BYTES + 1 if size < 0 else min(size, MAX_BYTES + 1))
        if len(content) > MAX_BYTES:
            raise refuse_damaged(f"it has a list of files with more than {MAX_BYTES:,} bytes")
        return content


class ImportedArchive:
    """An archive whose files are the exported ones. It has about.json as `about`. Raise ImportRefused if it differs."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip_file = ZipFile(LimitedFile(file))
        self.check_size(file.seek(0, os.SEEK_END))
        self.about: Row = parse_line(self.read_start("about.json", MAX_BYTES), "about.json")
        check_about(self.about)
        self.check_digests()
        self.account: int = self.about["account"]

    def check_size(self, size: int) -> None:
        """Raise ImportRefused if the archive has too many unpacked bytes, or files that take memory to unpack."""
        members = self.zip_file.infolist()
        if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):
            raise refuse_damaged("its files are packed by another method than those of exports")
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(FREE_BYTES, size * MAX_RATIO):
            raise refuse_damaged(f"it has {unpacked:,} unpacked bytes, more than {MAX_RATIO} times its own {size:,}")

    def check_digests(self) -> None:
        """Raise ImportRefused unless every file has the digest of about.json."""
        for name, digest in self.about["files"].items():
            with self.zip_file.open(name) as file:
                if file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]  # it can be read
                    raise ImportRefused(f"{name} is not what was exported: its digest differs.")

    def list_tables(self) -> list[ShopTable]:
        """Return the tables to import, with the users first."""
        names = self.about["tables"].keys() - NOT_IMPORTED
        return [table for table in list_shop_tables() if table.name in names]

    def read_rows(self, table: ShopTable) -> Iterator[Row]:
        """Yield the rows of a table."""
        name, limit = name_lines(table.name), MAX_BYTES if table.name in LONG_LINES else MAX_LINE_BYTES
        with io.BufferedReader(self.zip_file.open(name), CHUNK_BYTES) as lines:  # type: ignore[type-var]
            while line := lines.readline(limit + 1):
                yield parse_line(check_length(line, name, limit), name)

    def read_start(self, name: str, limit: int) -> bytes:
        with self.zip_file.open(name) as file:
            return check_length(file.read(limit + 1), name, limit)


def name_lines(table: str) -> str:
    """Return the name of the file with the table's rows."""
    return f"tables/{table}.jsonl"


def check_length(text: bytes, name: str, limit: int) -> bytes:
    if len(text) > limit:
        raise refuse_damaged(f"{name} has a line of more than {limit:,} bytes")
    return text


def parse_line(line: bytes, name: str) -> Row:
    """Return the object in the line. Raise ImportRefused if there is none, or if it would take too much memory."""
    if sum(map(line.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise refuse_damaged(f"{name} has a line with more than {MAX_VALUES:,} values")
    try:
        row = parse_json(line)
    except ParseError as error:
        raise refuse_damaged(f"{name} has a line that can't be read: {error}") from error
    if not isinstance(row, dict):
        raise refuse_damaged(f"{name} has a line that is no object")
    return row


def check_about(about: Row) -> None:
    """Raise ImportRefused unless this release can read an archive with this about.json."""
    if about.get("format") != FORMAT:
        raise ImportRefused(f"The file has the format {about.get('format')}, and this release reads {FORMAT}.")
    tables, files = about.get("tables"), about.get("files")
    are_named = is_id(about.get("account")) and is_text(about.get("owner"))
    if not (are_named and has_values(tables, is_number) and has_values(files, is_text)):
        raise refuse_damaged("about.json has another form")
    if unknown := about["tables"].keys() - {table.name for table in list_shop_tables()}:
        raise ImportRefused(f"The file is of a newer release: this one has no {', '.join(sorted(unknown))}.")
    if missing := {name_lines(name) for name in [USERS, *about["tables"]]} - about["files"].keys():
        raise refuse_damaged(f"about.json names no {', '.join(sorted(missing))}")


def has_values(value: Any, is_right: Any) -> bool:
    """Return whether this is an object all of whose values are right."""
    return isinstance(value, dict) and all(map(is_right, value.values()))
