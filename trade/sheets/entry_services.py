"""Add the entries of a request to a counting sheet: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.errors import DomainError
from stock.booking.drafts import ProductReference, Units, count_base_units
from stock.booking.line_errors import LineErrors
from stock.booking.placing import Places
from stock.booking.references import ReferencedProducts
from stock.booking.sql import array
from stock.errors import KeepsNoStock, ProductNotFound
from trade.sheets import errors, sql
from trade.sheets.models import Entry, Sheet, SheetLine
from trade.sheets.services import count_entries, lock_open_sheet
from users.models import User


@dataclass(frozen=True)
class EntryLine:
    """A line of a request. If it has no product, no product has its scanned `code`."""

    product: ProductReference | None
    code: Any
    quantity: Units
    location: int | str | None = None
    lot: str = ""
    counted_at: datetime | None = None
    replaces: int | None = None
    extra: bool = False
    refusal: DomainError | None = None  # why the quantity of the scanned code can't be counted


MAX_ENTRIES_OF_SHEET = 100_000


@atomic
def enter(*, by: User, pk: int, lines: Sequence[EntryLine]) -> list[Entry]:
    """Add the entries to the sheet, and return them.

    Raise Sheet.DoesNotExist, SheetClosed or TooManyEntries (409), or NothingEntered (400).
    """
    owner_id: Any = by.account_id
    sheet = lock_open_sheet(owner_id, pk, shared=True)
    if count_entries(sheet) + len(lines) > MAX_ENTRIES_OF_SHEET:  # entries that are being added are not counted
        raise errors.TooManyEntries(limit=MAX_ENTRIES_OF_SHEET)
    lines, goods = find_goods(sheet, lines)
    ids = insert_entries(sheet, by, lines, goods)
    entries = Entry.objects.filter(owner_id=owner_id, pk__in=ids).select_related("product", "location", "entered_by")
    if len(ids) < len(lines):  # a concurrent request has replaced the same entry
        done = {entry.replaces_id for entry in entries}
        lost = [n for n, line in enumerate(lines) if line.replaces and line.replaces not in done]
        raise errors.NothingEntered(dict.fromkeys(lost, errors.ReplacesUnknown()))
    return list(entries.order_by("id"))


def find_goods(sheet: Sheet, lines: Sequence[EntryLine]) -> tuple[list[EntryLine], list[tuple[int, int | None]]]:
    """Return the lines with their quantities in base units, and the product and the location of each.

    The default location is that of the sheet. Raise NothingEntered with the errors of all refused lines.
    """
    named, has_amounts = (
        {line.product for line in lines if line.product},
        any(not isinstance(line.quantity, int) for line in lines),
    )
    products = ReferencedProducts(sheet.owner_id, named, keeps_decimals=has_amounts)
    places = Places(sheet.owner_id)
    places.read_locations({line.location or sheet.location_id for line in lines})
    on_sheet = set(SheetLine.objects.filter(owner_id=sheet.owner_id, sheet=sheet).values_list("product_id", flat=True))
    replaceable = find_replaceable(sheet, lines)
    refused, found, counted = LineErrors(), [], []
    for index, line in enumerate(lines):
        with refused.of(index):
            if line.product is None:
                raise ProductNotFound(field="code")
            product = products.get_live(line.product)
            if not product.keeps_stock:
                raise KeepsNoStock(product=product.pk)
            if line.refusal:
                raise line.refusal
            location = places.find_location(line.location or sheet.location_id)
            goods = product.pk, location[0] if location else None
            line = replace(line, quantity=count_base_units(line.quantity, product.pk, product.decimals))
            check_entry(sheet, line, goods, product.pk in on_sheet, replaceable)
            replaceable.pop(line.replaces, None)  # a second line of the request can't replace the same entry
            counted.append(line)
            found.append(goods)
    refused.raise_if_any(errors.NothingEntered)
    return counted, found


def find_replaceable(sheet: Sheet, lines: Sequence[EntryLine]) -> dict[int | None, int]:
    """Return the products of the entries that the lines replace, by entry. Entries that no longer count are omitted."""
    if not (wanted := [line.replaces for line in lines if line.replaces]):
        return {}
    values: dict[str, Any] = {"owner": sheet.owner_id, "sheet": sheet.pk, "entries": array(wanted)}
    return dict(fetch(sql.FIND_REPLACEABLE, values))


def check_entry(
    sheet: Sheet, line: EntryLine, goods: tuple[int, int | None], is_listed: bool, replaceable: dict[int | None, int]
) -> None:
    """Raise the error of an entry that has to be refused. `replaceable` is the result of find_replaceable()."""
    product, location = goods
    if not (is_listed or line.extra) or sheet.location_id not in (None, location):
        raise errors.NotOnSheet(product=product)
    if line.counted_at and line.counted_at < sheet.created_at:
        raise errors.CountedTooEarly()
    if line.replaces and replaceable.get(line.replaces) != product:
        raise errors.ReplacesUnknown()


def insert_entries(
    sheet: Sheet, by: User, lines: Sequence[EntryLine], found: Sequence[tuple[int, int | None]]
) -> list[int]:
    """Insert the entries and return their ids. Omit those whose `replaces` was replaced by a concurrent request."""
    values: dict[str, Any] = {
        "owner": sheet.owner_id,
        "sheet": sheet.pk,
        "by": by.pk,
        "products": array(product for product, _location in found),
        "locations": [location for _product, location in found],
        "lots": [line.lot for line in lines],
        "quantities": array(line.quantity for line in lines),
        "times": [line.counted_at for line in lines],
        "replaced": [line.replaces for line in lines],
    }
    return [row[0] for row in fetch(sql.INSERT_ENTRIES, values)]
