"""Open, recount and drop counting sheets.

A transaction that adds entries locks the sheet's row `FOR SHARE`, so entries do not wait for each other. Booking,
dropping and recounting lock the row exclusively: they wait for running entries, and later entries wait for them.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from core.database.postgres.base import execute, fetch
from core.database.transactions import atomic
from core.ownership import save_fields
from products.models import Product
from records.events.models import EventType
from records.events.services import record
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
def recount(*, by: User, pk: int, products: Sequence[int]) -> None:
    """Ask for another count of these products: their entries so far no longer count.

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


@atomic
def drop_sheet(*, by: User, pk: int) -> None:
    """Close the sheet without booking what is left of it. Raise Sheet.DoesNotExist or SheetClosed (409)."""
    sheet = lock_open_sheet(by.account_id, pk)
    close(sheet, SheetState.DROPPED, EventType.SHEET_DROPPED)


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


def close(sheet: Sheet, state: SheetState, event_type: EventType) -> None:
    save_fields(sheet, {"state": state, "closed_at": timezone.now()})
    record_sheet_event(sheet, event_type)


def record_sheet_event(sheet: Sheet, event_type: EventType) -> None:
    record(owner_id=sheet.owner_id, event_type=event_type, data={"sheet": sheet.pk, "name": sheet.name})
