"""The rows of a shop with a row of every model: a counting sheet with an entry, and a closed one."""

from datetime import UTC, datetime

from stock.booking.drafts import by_id
from stock.models import Location, Operation
from trade.sheets.models import Entry, Sheet, SheetLine
from trade.sheets.services import EntryLine, enter, open_sheet

LONG_AGO = datetime(2024, 2, 29, tzinfo=UTC)


def create_rows(shop):
    """Open a counting sheet of the products, with an entry of the first one. Return the rows by their models."""
    select = {"products": [product.pk for product in shop.products]}
    sheet = open_sheet(
        by=shop.owner, name=f"{shop.word} sheet", blind=False, location=None, selection=select, tolerance=None
    )
    line = EntryLine(by_id(shop.products[0].pk), None, 1, lot=f"{shop.word} lot")
    [entry] = enter(by=shop.worker, pk=sheet.pk, lines=[line])
    link_sheet(sheet, shop.owner, shop.products[0])
    return {Sheet: sheet, SheetLine: sheet.lines.get(product=shop.products[0]), Entry: entry}


def link_sheet(sheet, owner, product):
    """Create a closed sheet with all links that can be empty: of a location, a replaced entry, and an operation."""
    location = Location.objects.filter(owner=owner).first()
    linked = Sheet.objects.create(
        owner=owner, name=f"{sheet.name}, done", location=location, state="dropped", opened_by=owner,
        opened_by_username=owner.username, closed_at=LONG_AGO,
    )  # fmt: skip
    operation = Operation.objects.filter(owner=owner).first()
    SheetLine.objects.create(owner=owner, sheet=linked, product=product, operation=operation)
    row = {"owner": owner, "sheet": linked, "product": product, "location": location, "lot": sheet.name}
    row |= {"quantity": 1, "counted_at": LONG_AGO, "created_at": LONG_AGO, "entered_by": owner}
    Entry.objects.create(replaces=Entry.objects.create(**row), **row)
