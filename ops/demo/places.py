"""The places of the demo shop, and the lots of its newest teas."""

from datetime import timedelta
from typing import NamedTuple

from ops.demo.money import CASH
from stock.booking.drafts import BookingLine, OperationDraft, PlaceReference, ProductReference, TransferLine
from stock.booking.returning import ReturnLine
from stock.booking.services import book, return_sale, transfer
from stock.models import Location, MovementType, OperationReason
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
    return_sale(by=helper, sale=sale, lines=back, note="One bag was torn.", payments=[CASH])


def receive_lot(harvest: Harvest, owner: User) -> BookingLine:
    expires_on = owner.shop_today() + timedelta(days=harvest.expires_in)
    place = PlaceReference(location=harvest.location, lot=harvest.code, expires_on=expires_on)
    return BookingLine(ProductReference("sku", harvest.sku), MovementType.IN, harvest.quantity, place=place)


def move(by: User, source: str | None, target: str, quantities: dict[str, int], reference: str) -> None:
    draft = OperationDraft(by=by, reason=OperationReason.TRANSFER, reference=reference)
    lines = [TransferLine(ProductReference("sku", sku), quantity) for sku, quantity in quantities.items()]
    transfer(draft=draft, source=source, target=target, lines=lines)
