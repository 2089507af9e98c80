"""Services that change locations and lots. stock.booking.services creates lots, and writes holdings."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from core.archiving import save_restored
from core.database.transactions import atomic
from core.ownership import accept, save_fields
from products.models import Product
from stock.errors import LocationInUse
from stock.models import Location, Lot
from users.models import User


@atomic
def archive_location(*, by: User, location_id: int, check: Callable[[Location], None] = accept) -> None:
    """Remove the location from lists, but keep its name in the history.

    Raise Location.DoesNotExist, or LocationInUse if it has stock. The lock waits for bookings that put stock there, and
    they wait for it: see docs/decisions/0016-the-order-of-locks.md. `check` gets the locked location before any change,
    and refuses the change by an exception.
    """
    location = Location.objects.for_user(by).live().get_locked(location_id)
    check(location)
    products = location.holdings.for_user(by).values("product_id").distinct().count()
    if products:
        raise LocationInUse(products=products)
    save_fields(location, {"archived_at": timezone.now()})


@atomic
def restore_location(*, by: User, location_id: int) -> Location:
    """Bring an archived location back. Raise Location.DoesNotExist, or NameTaken if another one has its name."""
    location: Location = Location.objects.for_user(by).get_locked(location_id)
    if location.archived_at is not None:
        save_restored(location)
    return location


@atomic
def change_lot(*, by: User, lot_id: int, check: Callable[[Lot], None] = accept, **fields: Any) -> Lot:
    """Save the given fields and return the lot as the API shows it. Raise Lot.DoesNotExist.

    The lot's product is locked, because bookings choose the lot by its date and find it by its code. `check` gets the
    locked lot before any change, and refuses the change by an exception.
    """
    lots = Lot.objects.for_user(by).detailed(by)
    Product.objects.for_user(by).get_locked(lots.get(pk=lot_id).product_id)
    lot = lots.get_locked(lot_id)
    check(lot)
    save_fields(lot, fields)
    return lots.get(pk=lot_id)
