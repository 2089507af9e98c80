"""Write a pack: a zip archive that proves the stock of a shop at an instant, with a program that checks it.

The same request gives the same bytes, also after later bookings and after changes of names, categories and prices.
All rows are streamed from one snapshot, so the memory does not grow with their number.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.translation import override

from core.database.postgres.base import execute
from core.files.csv_text import format_lines
from core.files.written_workbooks import write_workbook
from desk.evidence.reading import statements, tables
from desk.evidence.reading.paper import write_paper
from desk.evidence.reading.readme import WORKBOOK, write_headings, write_readme
from desk.evidence.reading.request import PackRequest
from desk.evidence.reading.shop import ShopThen, read_shop
from desk.takeout.reading.archive import OnProgress, ShopArchive

FORMAT = 1
CHECKER = Path(__file__).resolve().parent / "check.txt"  # the program that each pack contains as check.py
CHUNK_BYTES = 65_536
MAX_SHEET_ROWS = 1_048_575  # the most rows of a workbook below its header


def write_pack(file: IO[bytes], request: PackRequest, on_progress: OnProgress = lambda: None) -> dict[str, Any]:
    """Write the pack, and return what its manifest says. Call this in read_snapshot(), after the account was sealed."""
    execute(statements.PLAN_FOR_MANY_ROWS)
    shop = read_shop(request)
    with ZipFile(file, "w", ZIP_DEFLATED) as zip_file, override(request.language), shop.writing_numbers():
        pack = ShopArchive(zip_file, on_progress, request.recorded_until.astimezone(UTC).timetuple()[:6])
        totals: dict[str, Any] = {"rows": 0, "products": 0, "value": Decimal("0.00")}
        write_csv(pack, "inventory.csv", tables.sum_inventory(tables.read_inventory(request), totals))
        if has_workbook := totals["rows"] <= MAX_SHEET_ROWS:
            pack.write_member(WORKBOOK, write_sheet(request, on_progress))
        pack.write_member("inventory.html", map(str.encode, write_paper(request, shop, totals)))
        write_csv(pack, "account.csv", tables.read_account(request))
        write_csv(pack, "counts.csv", tables.read_counts(request))
        write_csv(pack, "purchases.csv", tables.read_purchases(request))
        seals = tables.read_seals(request)
        write_json(pack, "seals.json", seals)
        readme = write_readme(request, shop, totals, has_workbook=has_workbook)
        pack.write_member("README.txt", [readme.encode()])
        pack.write_member("check.py", [CHECKER.read_bytes()])
        manifest = describe(request, shop) | {
            "inventory": totals, "seals": len(seals), "last_seal": seals[-1]["digest"] if seals else None,
            "files": dict(pack.digests),
        }  # fmt: skip
        manifest["digest"] = sha256(dump(manifest).encode()).hexdigest()
        write_json(pack, "manifest.json", manifest)
    return manifest


def describe(request: PackRequest, shop: ShopThen) -> dict[str, Any]:
    """Return what the pack is about."""
    return {
        "format": FORMAT, "shop": shop.name, "currency": shop.currency, "time_zone": shop.time_zone,
        "as_of": request.as_of, "from": request.start, "clock": request.clock,
        "recorded_until": request.recorded_until, "language": request.language,
    }  # fmt: skip


def write_csv(pack: ShopArchive, name: str, rows: Iterable[Any]) -> None:
    pack.write_member(name, map(str.encode, format_lines(rows)))


def write_sheet(request: PackRequest, on_progress: OnProgress) -> Iterator[bytes]:
    """Yield the workbook of the inventory in parts. Its headings are in the reader's language."""

    def report(rows: Iterator[Any]) -> Iterator[Any]:
        yield write_headings(next(rows))
        for number, row in enumerate(rows):
            if number % tables.ROWS_AT_A_TIME == 0:
                on_progress()
            yield row

    with write_workbook(report(tables.read_inventory(request)), created=request.recorded_until) as book:
        yield from iter(lambda: book.read(CHUNK_BYTES), b"")


def write_json(pack: ShopArchive, name: str, value: Any) -> None:
    pack.write_member(name, [dump(value, indent=1).encode() + b"\n"])


def dump(value: Any, **options: Any) -> str:
    return json.dumps(value, default=write_value, sort_keys=True, **options)


def write_value(value: Any) -> str:
    """Return a time in UTC, or a number as text."""
    return value.astimezone(UTC).isoformat() if hasattr(value, "astimezone") else str(value)
