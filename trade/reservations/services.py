"""The services that change reservations. Each is one transaction: lock the products, then the reservation; check,
write.

The reserved quantity is never stored as a number: it is the sum of the lines that count, read under the locks of their
products. See docs/decisions/0035-reservations-are-sums.md.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from core.database.postgres.base import fetch
from core.database.transactions import atomic
from core.metadata import merge_metadata
from products.models import Product
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafting import check_available
from stock.booking.drafts import BookingLine, LockedProducts, OperationDraft, ProductReference, Units, by_id
from stock.booking.line_errors import LineErrors
from stock.booking.locking import lock_products, read_reserved
from stock.booking.services import book
from stock.booking.sql import array
from stock.models import Movement, MovementType, OperationReason
from trade.reservations import sql
from trade.reservations.errors import MoreThanReserved, NothingReserved, ReservationClosed, ReservedTwice
from trade.reservations.models import FOREVER, Outcome, Reservation, ReservationLine, ReservationState
from users.models import User

MAX_LINES = 500

MIN_SECONDS = 1
MAX_SECONDS = 30 * 24 * 60 * 60
DEFAULT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A product and a quantity, to reserve or to fulfil."""

    product: ProductReference
    quantity: Units


def check_lines(locked: LockedProducts, lines: list[ReservedLine]) -> dict[int, int]:
    """Return the quantity to reserve by product. Raise NothingReserved with the error of every refused line."""
    quantities: dict[int, int] = {}
    errors = LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            balance = locked.get_live(line.product)
            if balance.product_id in quantities:
                raise ReservedTwice(product=balance.product_id)
            quantities[balance.product_id] = quantity = balance.count_units(line.quantity)
            check_available(balance, quantity, tell_reserved=True)
    errors.raise_if_any(NothingReserved)
    return quantities


def choose_sold(
    locked: LockedProducts, lines: list[ReservedLine], reserved: Mapping[int, int]
) -> tuple[list[BookingLine], LineErrors]:
    """Return the lines to book for a reservation, and the errors of the others.

    `reserved` is the quantity that the reservation has of each product. Lines on one product add up in their order.
    """
    left, sold, errors = dict(reserved), [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            balance = locked.get_live(line.product)
            product_id, quantity = balance.product_id, balance.count_units(line.quantity)
            if quantity > left.get(product_id, 0):
                raise MoreThanReserved(
                    product=product_id,
                    reserved=balance.write(left.get(product_id, 0)),
                    requested=balance.write(quantity),
                )
            left[product_id] -= quantity
            sold.append(BookingLine(by_id(product_id), MovementType.OUT, quantity))
    return sold, errors


@atomic
def reserve(
    *,
    by: User,
    lines: list[ReservedLine],
    expires_in: int | None = DEFAULT_SECONDS,
    reference: str = "",
    note: str = "",
    metadata: dict[str, str | None] | None = None,
) -> Reservation:
    """Reserve all lines, or none, for `expires_in` seconds (None: until it is released). Return the reservation.

    Raise NothingReserved.
    """
    owner_id: Any = by.account_id
    locked = lock_products(owner_id, [line.product for line in lines])
    read_reserved(owner_id, locked.balances)
    quantities = check_lines(locked, lines)
    reservation = insert_reservation(by, expires_in, reference, note, merge_metadata({}, metadata or {}))
    until = reservation.expires_at or FOREVER
    ReservationLine.objects.bulk_create(
        ReservationLine(
            owner_id=owner_id, reservation=reservation, product_id=product_id, quantity=quantity, reserved_until=until
        )
        for product_id, quantity in quantities.items()
    )
    raise_hints(owner_id, quantities, until)
    record_reservation_event(reservation, EventType.RESERVATION_MADE, quantity=sum(quantities.values()))
    return reservation


@atomic
def fulfil(
    *,
    by: User,
    pk: int,
    lines: list[ReservedLine] | None = None,
    reference: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
) -> list[Movement]:
    """Sell the reserved quantities, or these lines, as one operation, and return its movements. Release the rest.

    It may take all stock, even if others have reserved it, because the reservation has promised this quantity.
    Reference and note are by default those of the reservation. Raise DoesNotExist, ReservationClosed or InvalidLines.
    """
    owner_id: Any = by.account_id
    reserved = read_reserved_quantities(owner_id, pk)
    if lines is None:
        lines = [ReservedLine(by_id(product_id), quantity) for product_id, quantity in reserved.items()]
    locked = lock_products(owner_id, [*map(by_id, reserved), *(line.product for line in lines)])
    reservation = lock_open_reservation(owner_id, pk)
    sold, errors = choose_sold(locked, lines, reserved)
    draft = OperationDraft(
        by=by,
        reason=OperationReason.SALE,
        reference=reference or reservation.reference,
        note=note or reservation.note,
        occurred_at=occurred_at,
        is_promised=True,
    )
    movements = book(draft=draft, lines=sold, locked=locked, errors=errors)
    operation_id = movements[0].operation_id
    close(reservation, outcome=Outcome.FULFILLED, operation_id=operation_id)
    quantity = sum(movement.quantity for movement in movements)
    record_reservation_event(reservation, EventType.RESERVATION_FULFILLED, operation=operation_id, quantity=quantity)
    return movements


@atomic
def release(*, by: User, pk: int) -> Reservation:
    """Release the reserved quantities, and return the reservation. Raise DoesNotExist or ReservationClosed."""
    reservation = lock_with_products(by, pk)
    close(reservation, outcome=Outcome.RELEASED)
    record_reservation_event(reservation, EventType.RESERVATION_RELEASED)
    return reservation


@atomic
def extend(*, by: User, pk: int, expires_in: int | None) -> Reservation:
    """Let the reservation expire in `expires_in` seconds, or never if this is None. Return the reservation.

    Raise DoesNotExist or ReservationClosed. A reservation that has expired is not extended, because others may have
    reserved its stock.
    """
    reservation = lock_with_products(by, pk)
    reservation.expires_at = None if expires_in is None else reservation.read_at + timedelta(seconds=expires_in)
    until = reservation.expires_at or FOREVER
    owned = Reservation.objects.filter(owner_id=reservation.owner_id, pk=pk)
    owned.update(expires_at=reservation.expires_at)
    set_reserved_until(reservation, until)
    raise_hints(reservation.owner_id, read_reserved_quantities(reservation.owner_id, pk), until)
    return reservation


def insert_reservation(
    by: User, expires_in: int | None, reference: str, note: str, metadata: dict[str, str]
) -> Reservation:
    """Insert a reservation without lines, with times by the clock of the database, and return it."""
    owner_id: Any = by.account_id
    texts = {"made_by_username": by.history_name, "reference": reference, "note": note}
    values = {"owner": owner_id, "made_by": by.pk, "expires_in": expires_in, "metadata": json.dumps(metadata), **texts}
    [(pk, created_at, expires_at)] = fetch(sql.RESERVE, values)
    times = {"created_at": created_at, "expires_at": expires_at}
    reservation = Reservation(pk=pk, owner_id=owner_id, made_by_id=by.pk, metadata=metadata, **times, **texts)
    reservation.state = ReservationState.OPEN
    return reservation


def raise_hints(owner_id: int, products: Collection[int], until: datetime) -> None:
    """Set `reserved_until` of the products to at least this time, until which bookings read the reserved quantity."""
    sooner = Q(reserved_until__isnull=True) | Q(reserved_until__lt=until)
    Product.objects.filter(sooner, owner_id=owner_id, pk__in=list(products)).update(reserved_until=until)


def read_reserved_quantities(owner_id: int, pk: int) -> dict[int, int]:
    """Return the reserved quantity by product. It never changes, so no lock is needed."""
    lines = ReservationLine.objects.filter(owner_id=owner_id, reservation_id=pk).order_by("id")
    return dict(lines.values_list("product_id", "quantity"))


def lock_with_products(by: User, pk: int) -> Reservation:
    """Lock the products of the reservation, then the reservation. Raise DoesNotExist or ReservationClosed."""
    owner_id: Any = by.account_id
    lock_products(owner_id, [by_id(product_id) for product_id in read_reserved_quantities(owner_id, pk)])
    return lock_open_reservation(owner_id, pk)


def lock_open_reservation(owner_id: int, pk: int) -> Reservation:
    """Lock the reservation, whose products are locked already. Raise DoesNotExist or ReservationClosed."""
    reservation: Reservation = Reservation.objects.filter(owner_id=owner_id).detailed().get_locked(pk)
    if reservation.state != ReservationState.OPEN:
        raise ReservationClosed(reservation=pk, state=reservation.state, operation=reservation.operation_id)
    return reservation


def close(reservation: Reservation, *, outcome: Outcome, operation_id: int | None = None) -> None:
    """Close the locked reservation, so that its lines no longer count."""
    values = {"outcome": outcome, "closed_at": reservation.read_at, "operation_id": operation_id}
    Reservation.objects.filter(owner_id=reservation.owner_id, pk=reservation.pk).update(**values)
    set_reserved_until(reservation, reservation.read_at)
    reservation.outcome, reservation.operation_id, reservation.state = outcome, operation_id, ReservationState(outcome)


def set_reserved_until(reservation: Reservation, until: datetime) -> None:
    lines = ReservationLine.objects.filter(owner_id=reservation.owner_id, reservation_id=reservation.pk)
    lines.update(reserved_until=until)


def record_reservation_event(reservation: Reservation, event_type: EventType, **numbers: int) -> None:
    record(owner_id=reservation.owner_id, event_type=event_type, data={"reservation": reservation.pk, **numbers})


def read_reserved_by_product(owner_id: int, products: list[int]) -> list[tuple[int, int]]:
    """Return the ids of those of the products that are reserved, each with its reserved quantity.

    The sums are read from the primary: a booking has locked the products there.
    """
    return fetch(sql.RESERVED_BY_PRODUCT, {"owner": owner_id, "products": array(products)})
