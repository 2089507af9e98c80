"""The places of the demo shop, the lots of its newest teas, and its counting sheets."""

from datetime import timedelta
from typing import Any, NamedTuple

from ops.demo.money import CASH
from products.models import Category, Product
from stock.booking.drafts import (
    BookingLine,
    OperationDraft,
    PlaceReference,
    ProductReference,
    ReturnLine,
    TransferLine,
    by_id,
)
from stock.booking.services import transfer
from stock.models import Location, MovementType, OperationReason
from trade.selling.services import book, take_back
from trade.sheets.booking import SheetBooking, book_part
from trade.sheets.models import Sheet
from trade.sheets.services import EntryLine, enter, open_sheet, recount
from users.models import User

SHELF, CELLAR = "Shelf", "Cellar"
LOCATIONS = {SHELF: "Behind the counter", CELLAR: "Down the stairs, second door"}
PUT_AWAY = {"SAMOVAR": 2}  # this stock had no location before
CAMOMILE = ProductReference("sku", "TEA-CAMO")
SOLD_OF_TWO_LOTS = 10  # packets of camomile: the whole early lot and some of the late one
TO_THE_SHELF = {"TEA-SENCHA": 6, "TEA-CAMO": 4}


class Harvest(NamedTuple):
    """A lot that is received. `expires_in` is the number of days from today."""

    sku: str
    code: str
    location: str
    quantity: int
    expires_in: int


HARVESTS = [
    Harvest("TEA-SENCHA", "First flush", CELLAR, 18, 120),
    Harvest("TEA-SENCHA", "Second flush", CELLAR, 24, 210),
    Harvest("TEA-CAMO", "Early", SHELF, 8, 9),
    Harvest("TEA-MINT", "Early", SHELF, 12, 10),
    Harvest("TEA-CAMO", "Late", CELLAR, 24, 200),
]


def fill_places(owner: User, helper: User) -> None:
    """Create the locations, receive the harvests, move some to the shelf, and sell from two lots in one line.

    Some of what was sold comes back, and a part of it is written off.
    """
    for name, note in LOCATIONS.items():
        Location.objects.create(owner=owner, name=name, note=note)
    draft = OperationDraft(by=owner, reason=OperationReason.PURCHASE, reference="harvest", note="new teas")
    book(draft=draft, lines=[receive_lot(harvest, owner) for harvest in HARVESTS])
    move(owner, None, CELLAR, PUT_AWAY, "put away")
    move(helper, CELLAR, SHELF, TO_THE_SHELF, "refill")
    line = BookingLine(CAMOMILE, MovementType.OUT, SOLD_OF_TWO_LOTS)
    draft = OperationDraft(by=helper, reason=OperationReason.SALE, reference="till 9002", payments=[CASH])
    sale = book(draft=draft, lines=[line])[0].operation
    back = [ReturnLine(CAMOMILE, 2), ReturnLine(CAMOMILE, 1, is_scrapped=True)]
    take_back(by=helper, sale=sale, lines=back, note="One bag was torn.", payments=[CASH])


def receive_lot(harvest: Harvest, owner: User) -> BookingLine:
    expires_on = owner.shop_today() + timedelta(days=harvest.expires_in)
    place = PlaceReference(location=harvest.location, lot=harvest.code, expires_on=expires_on)
    return BookingLine(ProductReference("sku", harvest.sku), MovementType.IN, harvest.quantity, place=place)


def move(by: User, source: str | None, target: str, quantities: dict[str, int], reference: str) -> None:
    draft = OperationDraft(by=by, reason=OperationReason.TRANSFER, reference=reference)
    lines = [TransferLine(ProductReference("sku", sku), quantity) for sku, quantity in quantities.items()]
    transfer(draft=draft, source=source, target=target, lines=lines)


BOOKED_CATEGORY, OPEN_CATEGORY = "Crockery", "Gifts"
COUNTERS = ("helper", "trainee")
# The differences between count and balance, by the index of the product.
BOOKED_MISCOUNTS, OPEN_MISCOUNTS = {6: -1, 11: 1, 17: -2}, {1: -1, 3: 7}


def count_sheets(people: dict[str, User]) -> None:
    """Count two categories: half of one on a blind sheet, and the other one wholly, which is booked.

    On the blind sheet, one difference is large, and one product is to be counted again.
    """
    owner = people["demo"]
    tolerance = {"units": 1, "percent": "2.00"}
    sheet, products = open_category(owner, OPEN_CATEGORY, blind=True, tolerance=tolerance)
    half = products[: len(products) // 2]
    count(people, sheet, half, OPEN_MISCOUNTS)
    recount(by=owner, pk=sheet.pk, products=[half[-1].pk])
    sheet, products = open_category(owner, BOOKED_CATEGORY)
    count(people, sheet, products, BOOKED_MISCOUNTS)
    book_part(SheetBooking(by=owner, pk=sheet.pk))


def open_category(
    owner: User, name: str, *, blind: bool = False, tolerance: dict[str, Any] | None = None
) -> tuple[Sheet, list[Product]]:
    """Open a sheet of a category. Return it with its products in the order of their names."""
    category = Category.objects.for_user(owner).get(name=name)
    sheet = open_sheet(
        by=owner, name=f"{name}, autumn", blind=blind, location=None, selection={"category": category.pk},
        tolerance=tolerance,
    )  # fmt: skip
    return sheet, list(Product.objects.for_user(owner).live().filter(category=category).order_by("name", "id"))


def count(people: dict[str, User], sheet: Sheet, products: list[Product], miscounts: dict[int, int]) -> None:
    """Enter what two people count in turn, with these differences."""
    for number, product in enumerate(products):
        counted = max(product.quantity + miscounts.get(number, 0), 0)
        line = EntryLine(by_id(product.pk), None, counted)
        enter(by=people[COUNTERS[number % len(COUNTERS)]], pk=sheet.pk, lines=[line])
