"""Enter what was counted. All entries of a request are added, or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.fields import MAX_QUANTITY
from core.text import fold_case
from sheets import errors, sql
from sheets.models import Entry, Sheet, SheetLine
from sheets.services import lock_open_sheet
from stock.booking.drafts import PlaceReference, ProductReference
from stock.booking.line_errors import LineErrors
from stock.booking.locking import select_any
from stock.booking.sql import array
from stock.errors import LocationNotFound, ProductArchived, ProductNotFound, StockLimitExceeded
from stock.models import Location
from users.models import User


@dataclass(frozen=True)
class EntryLine:
    """A line of a request. Without a product, its scanned `code` is unknown."""

    product: ProductReference | None
    code: Any
    quantity: int
    place: PlaceReference | None = None
    counted_at: datetime | None = None
    replaces: int | None = None
    extra: bool = False


@dataclass(frozen=True)
class FoundEntry:
    """A line with its product and its location."""

    line: EntryLine
    product: int
    location: int | None


@atomic
def enter(*, by: User, pk: int, lines: Sequence[EntryLine]) -> list[Entry]:
    """Add all entries, or none, and return them.

    Raise Sheet.DoesNotExist, SheetClosed (409) or NothingEntered (400).
    """
    owner_id: Any = by.account_id
    sheet = lock_open_sheet(owner_id, pk, shared=True)
    found = find_entries(sheet, lines)
    ids = insert_entries(sheet, by, found)
    entries = Entry.objects.filter(owner_id=owner_id, pk__in=ids).select_related("product", "location", "entered_by")
    if len(ids) < len(found):  # a concurrent request has replaced the same entry
        done = {entry.replaces_id for entry in entries}
        lost = [n for n, one in enumerate(found) if one.line.replaces and one.line.replaces not in done]
        raise errors.NothingEntered(dict.fromkeys(lost, errors.ReplacesUnknown()))
    return list(entries.order_by("id"))


def find_entries(sheet: Sheet, lines: Sequence[EntryLine]) -> list[FoundEntry]:
    """Return the lines with their products and places. Raise NothingEntered with the errors of all refused lines."""
    products = find_products(sheet.owner_id, lines)
    locations = find_locations(sheet.owner_id, sheet.location_id, lines)
    on_sheet = set(SheetLine.objects.filter(owner_id=sheet.owner_id, sheet=sheet).values_list("product_id", flat=True))
    replaceable = find_replaceable(sheet, lines)
    refused, found, replaced = LineErrors(), [], set[int]()
    for index, line in enumerate(lines):
        with refused.of(index):
            one = FoundEntry(line, find_product(line, products), find_location(sheet, line, locations))
            check_entry(sheet, one, on_sheet, replaceable)
            if line.replaces in replaced:
                raise errors.ReplacesUnknown()
            replaced |= {line.replaces} if line.replaces else set()
            found.append(one)
    refused.raise_if_any(errors.NothingEntered)
    return found


def find_products(owner_id: int, lines: Sequence[EntryLine]) -> dict[tuple[str, Any], tuple[int, bool]]:
    """Return the id of each referenced product, and whether it is archived, by the keys of references."""
    references = [line.product for line in lines if line.product]
    if not references:
        return {}
    condition, parameters = select_any(references)
    found: dict[tuple[str, Any], tuple[int, bool]] = {}
    statement = sql.FIND_PRODUCTS.format(condition=condition)
    for pk, sku, barcode, external_id, is_archived in fetch(statement, {"owner": owner_id, **parameters}):
        found["product", pk] = pk, is_archived
        if not is_archived:
            codes = {"sku": sku, "barcode": barcode, "external_id": external_id or ""}
            found |= {(name, fold_case(code)): (pk, False) for name, code in codes.items() if code}
    return found


def find_product(line: EntryLine, products: dict[tuple[str, Any], tuple[int, bool]]) -> int:
    """Return the product of the line. Raise ProductNotFound or ProductArchived."""
    if line.product is None:
        raise ProductNotFound(field="code")
    if line.product.key not in products:
        raise ProductNotFound(field=line.product.field)
    pk, is_archived = products[line.product.key]
    if is_archived:
        raise ProductArchived(product=pk)
    return pk


def find_locations(owner_id: int, location: int | None, lines: Iterable[EntryLine]) -> dict[int | str, int]:
    """Return the ids of the live locations, by id and by name, if the sheet has one or a line names one."""
    if not location and not any(line.place and line.place.location is not None for line in lines):
        return {}
    rows = Location.objects.filter(owner_id=owner_id).live().values_list("pk", "name")
    return {key: pk for pk, name in rows for key in (pk, fold_case(name))}


def find_location(sheet: Sheet, line: EntryLine, locations: dict[int | str, int]) -> int | None:
    """Return the location of the line, by default that of the sheet. Raise LocationNotFound."""
    named = line.place.location if line.place and line.place.location is not None else sheet.location_id
    if named is None:
        return None
    found = locations.get(fold_case(named) if isinstance(named, str) else named)
    if found is None:
        raise LocationNotFound(location=named)
    return found


def find_replaceable(sheet: Sheet, lines: Sequence[EntryLine]) -> dict[int, int]:
    """Return the products of the entries that lines replace, by id, without those that count no more."""
    if not (wanted := [line.replaces for line in lines if line.replaces]):
        return {}
    values: dict[str, Any] = {"owner": sheet.owner_id, "sheet": sheet.pk, "entries": array(wanted)}
    return dict(fetch(sql.FIND_REPLACEABLE, values))


def check_entry(sheet: Sheet, one: FoundEntry, on_sheet: set[int], replaceable: dict[int, int]) -> None:
    """Raise the error for which the entry is refused, if there is one."""
    line = one.line
    if one.product not in on_sheet and not line.extra:
        raise errors.NotOnSheet(product=one.product)
    if sheet.location_id not in (None, one.location):
        raise errors.NotOnSheet(product=one.product)
    if line.counted_at and line.counted_at < sheet.created_at:
        raise errors.CountedTooEarly()
    if line.replaces and replaceable.get(line.replaces) != one.product:
        raise errors.ReplacesUnknown()
    if line.quantity > MAX_QUANTITY:
        raise StockLimitExceeded(product=one.product, available=0, requested=line.quantity, limit=MAX_QUANTITY)


def insert_entries(sheet: Sheet, by: User, found: Sequence[FoundEntry]) -> list[int]:
    """Insert the entries, and return their ids. An entry that was replaced meanwhile is not replaced again."""
    values: dict[str, Any] = {
        "owner": sheet.owner_id,
        "sheet": sheet.pk,
        "by": by.pk,
        "products": array(one.product for one in found),
        "locations": [one.location for one in found],
        "lots": [(one.line.place and one.line.place.lot) or "" for one in found],
        "quantities": array(one.line.quantity for one in found),
        "times": [one.line.counted_at for one in found],
        "replaced": [one.line.replaces for one in found],
    }
    return [row[0] for row in fetch(sql.INSERT_ENTRIES, values)]
