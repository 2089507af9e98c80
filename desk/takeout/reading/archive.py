"""Write the file of an export: a zip archive with every table of a shop, its seals, and a program that checks them.

All rows are read from one snapshot and streamed by COPY, so the memory does not grow with their number.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.db import connection, transaction

from core.database.postgres.base import execute, fetch
from core.database.transactions import set_time_limit
from core.files.limits import MAX_CELL_LENGTH
from core.files.writers import format_lines
from desk.takeout.columns import FORMAT, ShopTable, list_shop_tables, write_copy
from stock.models import Seal
from stock.proofs.services import read_file
from users.models import User

TIMEOUT_SECONDS = 3600  # the time limit of a statement
PARTS_AT_A_TIME, BYTES_AT_A_TIME = 1000, 2**20  # rows that are compressed together; a picture has up to 424,000 bytes
CHECKER = Path(__file__).resolve().parent / "check.txt"  # the program that each archive contains as check.py
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

Date = tuple[int, int, int, int, int, int]
FIRST_DATE: Date = (1980, 1, 1, 0, 0, 0)  # the first date that a zip archive can have
OnProgress = Callable[[], None]  # called often; may raise an exception to stop


@contextmanager
def read_snapshot(seconds: int = TIMEOUT_SECONDS) -> Iterator[None]:
    """Run the block in a transaction whose statements all see the same rows. Each may take so many seconds."""
    with transaction.atomic():
        execute(SNAPSHOT)
        set_time_limit(seconds, reads=True)
        yield


def write_archive(file: IO[bytes], owner: User, on_progress: OnProgress = lambda: None) -> dict[str, Any]:
    """Write the archive of the owner's shop, and return what its about.json says. Call this in read_snapshot()."""
    with ZipFile(file, "w", ZIP_DEFLATED) as zip_file:
        archive = ShopArchive(zip_file, on_progress)
        counts = {table.name: archive.add_table(table, owner.pk) for table in list_shop_tables()}
        seals = list(Seal.objects.filter(owner_id=owner.pk).order_by("number"))
        for seal in seals:
            archive.write_member(f"seals/{seal.number}.jsonl", read_file(seal))
        archive.write_member("check.py", [CHECKER.read_bytes()])
        [(instant,)] = fetch("SELECT now()")
        about = {
            "format": FORMAT,
            "release": settings.SPECTACULAR_SETTINGS["VERSION"],
            "account": owner.pk,
            "owner": owner.leader.get_username(),
            "shop": owner.shop_name,
            "exported_at": instant.isoformat(),
            "tables": counts,
            "seals": len(seals),
            "files": archive.digests,
        }
        zip_file.writestr("about.json", json.dumps(about, indent=1))
    return about


class ShopArchive:
    """The archive that is being written, and the digests of its files, which all have the same date."""

    def __init__(self, zip_file: ZipFile, on_progress: OnProgress, date: Date = FIRST_DATE) -> None:
        self.zip_file, self.on_progress, self.date = zip_file, on_progress, date
        self.digests: dict[str, str] = {}

    def write_member(self, name: str, parts: Iterable[bytes]) -> int:
        """Add a file, which may have any size, and its SHA-256. Return the number of its parts."""
        digest, count = sha256(), 0
        member = ZipInfo(name, self.date)
        member.compress_type = ZIP_DEFLATED
        with self.zip_file.open(member, "w", force_zip64=True) as file:
            for batch in batch_parts(parts):
                self.on_progress()
                digest.update(joined := b"".join(batch))
                file.write(joined)
                count += len(batch)
        self.digests[name] = digest.hexdigest()
        return count

    def add_table(self, table: ShopTable, owner_id: int) -> int:
        """Add the shop's rows of the table as JSON and as CSV. Return their number."""
        lines = format_lines(chain([table.columns], map(make_cells, copy_rows(table, owner_id))))
        self.write_member(f"tables/{table.name}.csv", map(str.encode, lines))
        return self.write_member(f"tables/{table.name}.jsonl", copy_rows(table, owner_id))


def batch_parts(parts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the parts in lists of PARTS_AT_A_TIME, or fewer if these have BYTES_AT_A_TIME."""
    batch, size = list[bytes](), 0
    for part in parts:
        batch.append(part)
        size += len(part)
        if len(batch) == PARTS_AT_A_TIME or size >= BYTES_AT_A_TIME:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def copy_rows(table: ShopTable, owner_id: int) -> Iterator[bytes]:
    """Yield a line of JSON for each row."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(write_copy(table, owner_id)) as lines,
    ):
        yield from map(bytes, lines)


def make_cells(line: bytes) -> list[Any]:
    """Return the values of a row for cells of CSV. A picture is left out: it is longer than a cell can be."""
    return list(map(make_cell, json.loads(line).values()))


def make_cell(value: Any) -> Any:
    """Return the value, or a flag, a list or an object as JSON, or nothing for a text of more than MAX_CELL_LENGTH."""
    if isinstance(value, str) and len(value) > MAX_CELL_LENGTH:
        return ""
    return json.dumps(value) if isinstance(value, bool | list | dict) else value
