"""Write a pack: a zip archive that proves the stock of a shop at an instant, with a program that checks it.

The same request gives the same bytes, also after later bookings and after changes of names, categories and prices.
All rows are streamed from one snapshot, so the memory does not grow with their number.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.html import escape
from django.utils.translation import gettext, override

from core.database.postgres.base import execute
from core.files.writers import format_lines, write_workbook
from core.sentences import fill, write_number
from core.translation import gettext_noop as _
from desk.evidence.reading import statements, tables
from desk.evidence.reading.tables import PackRequest, ShopThen, read_shop
from desk.takeout.reading.archive import OnProgress, ShopArchive

HEADINGS = {
    "product": _("No."), "name": _("Product"), "sku": "SKU", "category": _("Category no."),
    "category_name": _("Category"), "unit": _("Unit"), "location": _("Place no."), "location_name": _("Place"),
    "lot": _("Lot no."), "lot_code": _("Lot"), "expires_on": _("Expires"), "quantity": _("In base units"),
    "amount": _("Quantity"), "cost_of_one": _("Cost of one"), "value": _("Value at cost"),
}  # fmt: skip
CLOCKS = {
    "occurred": _(
        "What had happened by then counts, by the time when it happened. A late row is one that was booked afterwards:"
        " it counts if it was booked before the data ended. So a quantity can be less than 0."
    ),
    "recorded": _("What had been booked by then counts, by the time of booking."),
}
PARAGRAPHS = (
    _("Stock of {shop} at {as_of}"),
    _("The data ends with what was booked by {recorded_until}. The stock was worth {value} at cost."),
    _(
        "The value at cost is what the goods have cost, by the moving average of all deliveries: each issue takes the"
        " average cost of one at that time. It is not written down to a lower market value. Goods for which nobody has"
        " entered a cost have the value 0."
    ),
    _(
        "What was booked after the data ended, and what concerns the time before, is not in these files, so that they"
        " stay the same. The service lists it as the late rows of this pack."
    ),
    _(
        "To check the files, install Python 3.9 or later, unpack the archive and run: python3 check.py. Or run"
        " python3 check.py FILE.zip on the archive. It needs no network, computes all sums and digests again, compares"
        " the files with each other, and names what is wrong. Somebody who changes the files can also change the"
        " digests. So compare the SHA-256 of the archive, which check.py prints, with that on the page of the pack,"
        " in the feed of events, or on the signed paper."
    ),
)
WORKBOOK = "inventory.xlsx"
FILES = {
    "inventory.csv": _(
        "Every product that has moved, with each place and lot: quantity, cost of one, value. Archived products are"
        " included."
    ),
    WORKBOOK: _("The same as a workbook."),
    "inventory.html": _("The same to print, with lines for signatures."),
    "account.csv": _("What has changed the value since the start, by category: opening plus all lines is closing."),
    "counts.csv": _(
        "The last count of each product and place: what was counted, what has moved since, the quantity that follows"
        " for this instant, and what the inventory has. Counts without a difference are included. Quantities are in"
        " base units."
    ),
    "purchases.csv": _("The deliveries with their orders and suppliers."),
    "seals.json": _(
        "The digests of all bookings. Each seal has the digest of the seal before. The service has their files, which"
        " an owner can download and compare."
    ),
    "manifest.json": _("What this pack is about, and the SHA-256 of each file."),
    "check.py": _("The program that checks the files."),
}


def write_headings(names: Iterable[str]) -> list[str]:
    return [gettext(HEADINGS[name]) for name in names]


def write_readme(request: PackRequest, shop: ShopThen, totals: dict[str, Any], *, has_workbook: bool) -> str:
    """Return the README."""
    values = {
        "shop": shop.name or gettext("the shop"), "as_of": shop.write_moment(request.as_of),
        "recorded_until": shop.write_moment(request.recorded_until),
        "value": shop.write_money(totals["value"]),
    }  # fmt: skip
    title, *texts = [fill(text, **values) for text in PARAGRAPHS]
    files = [f"{name}: {gettext(text)}" for name, text in FILES.items() if has_workbook or name != WORKBOOK]
    return "\n\n".join([title, texts[0], gettext(CLOCKS[request.clock]), *texts[1:], "\n".join(files)]) + "\n"


SHOWN = (
    "product",
    "name",
    "sku",
    "category_name",
    "location_name",
    "lot_code",
    "amount",
    "unit",
    "cost_of_one",
    "value",
)
NUMBERS = ("amount", "cost_of_one", "value")
SIGNATURES = (_("Place and date"), _("Counted by"), _("Checked by"), _("Owner"))
STYLE = """
body { font: 10pt sans-serif; margin: 1.5cm; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #999; padding: 2px 6px; text-align: left; vertical-align: top; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.number { text-align: right; white-space: nowrap; }
.lines { break-inside: avoid; margin-top: 2cm; }
.lines p { border-top: 1px solid #000; display: inline-block; margin: 1.5cm 1cm 0 0; width: 40%; }
"""


def write_paper(request: PackRequest, shop: ShopThen, totals: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    rows = tables.read_inventory(request)
    header = next(rows)
    places = [header.index(name) for name in SHOWN]
    title = fill(PARAGRAPHS[0], shop=shop.name or gettext("the shop"), as_of=shop.write_moment(request.as_of))
    yield f'<!DOCTYPE html>\n<html lang="{request.language}"><head><meta charset="utf-8">'
    yield f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n"
    values = {"recorded_until": shop.write_moment(request.recorded_until), "value": shop.write_money(totals["value"])}
    for text in PARAGRAPHS[1:3]:
        yield f"<p>{escape(fill(text, **values))}</p>\n"
    yield "<table><thead>" + write_row(write_headings(SHOWN), "th") + "</thead><tbody>\n"
    for row in rows:
        yield write_row([write_cell(row[place], name) for place, name in zip(places, SHOWN, strict=True)])
    total = [gettext("Total"), *[""] * (len(SHOWN) - 2), write_money(totals["value"])]
    yield "</tbody><tfoot>" + write_row(total) + '</tfoot></table>\n<div class="lines">'
    yield "".join(f"<p>{escape(gettext(text))}</p>" for text in SIGNATURES) + "</div>\n</body></html>\n"


def write_row(cells: Sequence[str], tag: str = "td") -> str:
    written = [
        f'<{tag} class="number">{escape(cell)}</{tag}>' if name in NUMBERS else f"<{tag}>{escape(cell)}</{tag}>"
        for name, cell in zip(SHOWN, cells, strict=True)
    ]
    return f"<tr>{''.join(written)}</tr>\n"


def write_cell(value: Any, name: str) -> str:
    if value is None:
        return ""
    if name == "value":
        return write_money(value)
    return write_number(value, f",.{-value.as_tuple().exponent}f") if name in NUMBERS else str(value)


def write_money(value: Any) -> str:
    return write_number(value, ",.2f")


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
