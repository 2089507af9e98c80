"""Open, recount and drop counting sheets.

A transaction that adds entries locks the sheet's row `FOR SHARE`, so entries do not wait for each other. Booking,
dropping and recounting lock the row exclusively: they wait for running entries, and later entries wait for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from core.database.postgres.base import array, execute, fetch
from core.database.transactions import atomic
from core.errors import DomainError
from core.ownership import save_fields
from products.models import Product
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import ProductReference, Units, count_base_units
from stock.booking.holdings import LineErrors
from stock.booking.locks import ReferencedProducts, name_products_then
from stock.booking.places import Places
from stock.errors import KeepsNoStock, ProductNotFound
from stock.models import Holding, Location
from trade.sheets import errors, sql
from trade.sheets.models import Entry, Sheet, SheetLine, SheetState
from users.models import User

MAX_LINES = 10_000  # the limit of a sheet's lines when it is opened


@atomic
def open_sheet(
    *, by: User, name: str, blind: bool, location: Location | None, selection: dict[str, Any],
    tolerance: dict[str, Any] | None,
) -> Sheet:  # fmt: skip
    """Open a sheet of the products that match the whole selection. Raise NothingToCount or TooManyLines (400)."""
    owner_id: Any = by.account_id
    ids = list(select_products(by, location, selection).values_list("pk", flat=True)[: MAX_LINES + 1])
    if not ids:
        raise errors.NothingToCount()
    if len(ids) > MAX_LINES:
        raise errors.TooManyLines(limit=MAX_LINES)
    sheet = Sheet.objects.create(
        owner_id=owner_id, name=name, blind=blind, location=location, selection=selection, tolerance=tolerance,
        opened_by=by, opened_by_username=by.history_name,
    )  # fmt: skip
    SheetLine.objects.bulk_create(SheetLine(owner_id=owner_id, sheet=sheet, product_id=pk) for pk in ids)
    record_sheet_event(sheet, EventType.SHEET_OPENED)
    return sheet


def select_products(by: User, location: Location | None, selection: dict[str, Any]) -> Any:
    """Return the live products that match. A location selects the products held there, unless products are listed."""
    links = {name: selection[name] for name in ("category", "supplier") if name in selection}
    products: Any = Product.objects.for_user(by).live().filter(keeps_stock=True, **links).order_by("pk")
    if "products" in selection:
        products = products.filter(pk__in=selection["products"])
    elif location:
        held = Holding.objects.for_user(by).filter(location=location)
        products = products.filter(pk__in=held.values("product_id"))
    if "not_counted_since" in selection:
        products = products.exclude(last_counted_at__gte=selection["not_counted_since"])
    return products


@atomic
def recount(*, by: User, pk: int, products: Sequence[int]) -> Sheet:
    """Ask for another count of these products: their entries so far no longer count. Return the sheet.

    Raise Sheet.DoesNotExist, SheetClosed (409) or NothingEntered (400).
    """
    sheet = lock_open_sheet(by.account_id, pk)
    add_extra_lines(sheet)
    lines = SheetLine.objects.filter(owner_id=sheet.owner_id, sheet=sheet)
    known = set(lines.filter(product_id__in=products).values_list("product_id", flat=True))
    unknown = {n: errors.NotOnSheet(product=product) for n, product in enumerate(products) if product not in known}
    if unknown:
        raise errors.NothingEntered({**unknown})
    lines.filter(product_id__in=products).update(recounted_to=find_last_entry(sheet), booked_at=None)
    return sheet


@atomic
def drop_sheet(*, by: User, pk: int) -> Sheet:
    """Close the sheet without booking what is left of it. Return it. Raise Sheet.DoesNotExist or SheetClosed (409)."""
    sheet = lock_open_sheet(by.account_id, pk)
    close(sheet, SheetState.DROPPED, EventType.SHEET_DROPPED)
    return sheet


def lock_open_sheet(owner_id: int | None, pk: int, *, shared: bool = False) -> Sheet:
    """Return the sheet, locked until the transaction ends. Raise Sheet.DoesNotExist or SheetClosed (409)."""
    rows = Sheet.objects.filter(owner_id=owner_id, pk=pk)
    if shared:
        fetch(sql.SHARE_SHEET, {"owner": owner_id, "sheet": pk})
        sheet = rows.get()
    else:
        sheet = rows.get_locked(pk)
    if sheet.state != SheetState.OPEN:
        raise errors.SheetClosed(state=sheet.state)
    return sheet


def add_extra_lines(sheet: Sheet) -> None:
    execute(sql.ADD_EXTRA_LINES, {"owner": sheet.owner_id, "sheet": sheet.pk})


def find_last_entry(sheet: Sheet) -> int:
    """Return the id of the sheet's last entry. While the sheet is locked, none is added."""
    entries = Entry.objects.filter(owner_id=sheet.owner_id, sheet=sheet)
    return entries.aggregate(last=Max("pk"))["last"] or 0


def count_entries(sheet: Sheet) -> int:
    return Entry.objects.filter(owner_id=sheet.owner_id, sheet=sheet).count()


def close(sheet: Sheet, state: SheetState, event_type: str) -> None:
    save_fields(sheet, {"state": state, "closed_at": timezone.now()})
    record_sheet_event(sheet, event_type)


def record_sheet_event(sheet: Sheet, event_type: str) -> None:
    record(owner_id=sheet.owner_id, event_type=event_type, data={"sheet": sheet.pk, "name": sheet.name})


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
    lines = name_products_then(sheet.owner_id, lines)
    named = {line.product for line in lines if line.product}
    has_amounts = any(not isinstance(line.quantity, int) for line in lines)
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
