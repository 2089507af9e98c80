"""Read an archive within limits, and give its rows the ids and values that they get here."""

import io
import json
import os
import re
from collections.abc import Iterator
from hashlib import file_digest
from typing import IO, Any
from urllib.parse import parse_qsl, urlencode
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from rest_framework.exceptions import ParseError

from core.http.parsers import parse_json
from core.json_forms import has_values, is_id, is_number, is_text
from core.kinds import MAX_ID
from core.shop_apps import collect, collect_from_modules
from desk.takeout.columns import FORMAT, ShopTable, list_shop_tables
from desk.takeout.errors import ImportRefused
from records.history.models import Kind
from stock.models import Import
from users.models import User

MAX_BYTES = 8 * 2**20  # the most bytes in memory at once: the list of the files, about.json, or a long line
MAX_LINE_BYTES = 512 * 2**10
# An import of 100,000 rows has the ids of all rows that it has created, and a file of an invoice its fonts.
LONG_LINES = {Import._meta.db_table, "invoices_invoicefile"}
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
        with self.zip_file.open("about.json") as about:
            self.about: Row = parse_line(check_length(about.read(MAX_BYTES + 1), "about.json", MAX_BYTES), "about.json")
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


IN_QUERY = re.compile(r"(?<![^,])[1-9][0-9]{0,17}(?![^,])")  # the ids in `7` and in `7,8`
MAX_FILE_ID = MAX_ID // 2  # no installation has such an id, and with any shift it is still an id
# The kinds of columns in COLUMNS of the modules `arrivals`: ids that are no foreign keys, the sum of the shifts of all
# moves, JSON that clients have sent and that may have any content, texts of other servers, which may have control
# characters, and queries of addresses, whose parameters can be ids.
ID, SHIFT, FREE_JSON, FOREIGN_TEXT, QUERY = "id", "shift", "free JSON", "foreign text", "query"


def list_columns(table: str, *kinds: str) -> set[str]:
    """Return the columns of the table that are of these kinds."""
    columns = collect_from_modules("arrivals", "COLUMNS").items()
    return {name.partition(".")[2] for name, kind in columns if kind in kinds and name.startswith(f"{table}.")}


# The names in JSON columns whose numbers are ids: those of events, also of apps that are left out, and further ones.
IDS_IN_JSON = {
    *(name for form in collect("events", settings.KNOWN_APPS).values() for name, kind in form.items() if "id" in kind),
    "categories", "category", "created_products", "fields", "groups", "location", "locations", "lot", "merged",
    "merged_into", "products", "supplier", "suppliers", "tax",
}  # fmt: skip
# The parameters of lists and reports whose numbers are ids.
IDS_IN_QUERIES = IDS_IN_JSON | {"by", "counted_by", "customer", "group", "item", "part", "performed_by", "user"}


def find_id_columns(table: ShopTable) -> set[str]:
    """Return the columns to whose numbers the shift is added: ids, and the shift of a seal."""
    keys = {field.column for field in table.fields if field.is_relation or field.primary_key}
    return keys | list_columns(table.name, ID, SHIFT)


def find_user_columns(table: ShopTable) -> list[str]:
    return [field.column for field in table.fields if field.related_model is User]


def list_users(table: ShopTable, columns: list[str], row: Row) -> Iterator[int]:
    """Yield the ids of the users whom a row names. Without rows of their own, later users would get these ids."""
    yield from (row[name] for name in columns if row.get(name) is not None)
    if table.name == "history_change":
        named = [row.get("by"), row.get("row_id") if row.get("kind") == Kind.USER else None]
        yield from (user for user in named if user is not None)


class RowReader:
    """Makes the rows that are inserted from those of a table's file, which are checked."""

    def __init__(self, table: ShopTable, shift: int) -> None:
        self.shift = shift
        self.arrive = collect_from_modules("arrivals", "ARRIVALS").get(table.name)
        self.ids = find_id_columns(table)
        self.generated = {field.column for field in table.fields if field.generated}
        self.json = {field.column for field in table.fields if isinstance(field, models.JSONField)}
        self.free_json = list_columns(table.name, FREE_JSON)
        self.queries = list_columns(table.name, QUERY)

    def read(self, stored: Row) -> Row:
        """Return the row with new ids, and with what differs at its arrival."""
        row = {name: self.convert(name, value) for name, value in stored.items() if name not in self.generated}
        return {**row, **self.arrive(stored)} if self.arrive else row

    def convert(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.ids:
            return value + self.shift
        if name in self.queries:
            return self.shift_query(value)
        if name in self.free_json:
            return json.dumps(value)
        return json.dumps(self.add_shift(value, name in IDS_IN_JSON)) if name in self.json else value

    def shift_query(self, query: str) -> str:
        """Return the query with the shift added to the ids in it, of which each parameter has one or several."""
        pairs = [
            (name, IN_QUERY.sub(lambda found: str(int(found[0]) + self.shift), value) if self.is_id(name) else value)
            for name, value in parse_qsl(query, keep_blank_values=True)
        ]
        return urlencode(pairs)

    def is_id(self, name: str) -> bool:
        return name.removesuffix("__in") in IDS_IN_QUERIES

    def add_shift(self, value: Any, is_id: bool = False) -> Any:
        """Return the JSON with the shift added to the ids in it, which are numbers or lists of numbers."""
        if isinstance(value, dict):
            return {name: self.add_shift(item, name in IDS_IN_JSON) for name, item in value.items()}
        if isinstance(value, list):
            return [self.add_shift(item, is_id) for item in value]
        if not is_id or type(value) is not int:
            return value
        if value > MAX_FILE_ID:
            raise ImportRefused(f"{value} in the file is no id.")
        return value + self.shift
