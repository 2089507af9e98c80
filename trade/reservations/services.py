"""The services that change reservations.

Each service is one transaction: it locks the products, then the reservation, checks, and writes. The reserved quantity
is never stored as a number: it is the sum of the lines that count, read under the locks of their products. See
docs/decisions/0035-reservations-are-sums.md.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from core.database.postgres.base import array, execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.model_fields import merge_metadata
from core.ownership import accept, save_fields
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import CENTS, NOTHING, BookingLine, Discount, OperationDraft, by_id
from stock.booking.locks import lock_products
from stock.errors import AgreedForLess
from stock.hooks import ReservedHook
from stock.models import Movement, MovementType, OperationReason
from trade.customers.models import Customer
from trade.customers.services import hold_customer
from trade.reservations import end_services as ends
from trade.reservations import sql
from trade.reservations.discounts import (
    OF_ORDER,
    AgreedDiscount,
    check_agreed,
    keep_discount,
    leave,
    read_discount,
    sum_up,
)
from trade.reservations.errors import ReservationChanged, ReservationClosed
from trade.reservations.lines import (
    Reserved,
    as_asked,
    as_reserved,
    delete_lines,
    insert_goods,
    insert_lines,
    raise_hints,
    read_goods,
)
from trade.reservations.models import FOREVER, Outcome, Reservation, ReservationLine, ReservationState
from trade.reservations.ordering import check_lines, draft_order, lock_lines, price_all_anew
from trade.reservations.taking import choose_all, choose_sold
from trade.selling.goods import find_kind
from trade.selling.named_goods import LockedGoods
from trade.selling.prices import has_prices, must_sell_at_list_price, read_sale_prices
from trade.selling.services import check_discount, sell_locked
from users.models import User

MAX_LINES = 500

MIN_SECONDS = 1
MAX_SECONDS = 30 * 24 * 60 * 60
DEFAULT_SECONDS = 15 * 60


class Fulfilled(NamedTuple):
    """The movements that sell what was reserved, and the reservation that keeps the rest, if there is one."""

    movements: list[Movement]
    kept: Reservation | None


@atomic
def reserve(
    *,
    by: User,
    lines: list[BookingLine],
    customer: Customer | None = None,
    wanted_on: date | None = None,
    metadata: dict[str, str | None] | None = None,
    discount: Discount | None = None,
    agreed: Sequence[Any] | None = None,
    **fields: Any,
) -> Reservation:
    """Reserve all lines, or none, for `expires_in` seconds (None: until it is released). Return the reservation.

    `agreed` are the goods with parts of the quote that has agreed on all prices and on the discount.
    The default of `expires_in` is None with a `wanted_on`, else DEFAULT_SECONDS. `fields` may have it, `reference` and
    `note`. Raise NothingReserved, CustomerArchived, ValidationError for a day that is over or after the end, or an
    error of check_agreed().
    """
    expires_in = fields.pop("expires_in", None if wanted_on else DEFAULT_SECONDS)
    ends.check_wanted_on(by, wanted_on)
    owner_id: Any = by.account_id
    customer = hold_customer(owner_id, customer.pk) if customer else None
    buyer = customer.pk if customer else None
    is_agreed = agreed is not None
    goods = lock_lines(by, lines, buyer, goods=agreed or (), is_agreed=is_agreed)
    # The order, its sale and its invoice have the names of the quote.
    for one, row in zip(goods.asked, agreed or (), strict=False):
        one.goods = replace(one.goods, name=row.name, sku=row.sku)
    wanted = check_lines(by, goods, is_agreed=is_agreed)
    if discount and not is_agreed:
        check_agreed(draft_order(by, buyer), discount, goods.locked, wanted, buyer)
    reservation = Reservation(
        owner_id=owner_id, customer=customer, wanted_on=wanted_on, metadata=merge_metadata({}, metadata or {}),
        **keep_discount(discount), **fields,
    )  # fmt: skip
    insert_reservation(reservation, by, wanted, expires_in)
    insert_goods(reservation, goods.asked)
    ends.check_end(by, wanted_on, reservation.expires_at, {"expires_in": ends.ENDS_BEFORE})
    return reservation


@atomic
def change(
    *,
    by: User,
    pk: int,
    lines: list[BookingLine] | None = None,
    expected_updated_at: datetime | None = None,
    check: Callable[[Reservation], None] = accept,
    **fields: Any,
) -> Reservation:
    """Set the given fields of an open reservation, and return it. If lines are given, they replace its lines.

    `fields` may have `customer`, `wanted_on`, `reference`, `note`, `discount`, and `metadata`, which is merged. `check`
    gets the locked reservation before any change, and refuses the change by an exception. Raise DoesNotExist,
    ReservationClosed, ReservationChanged, NothingReserved, CustomerArchived, ValidationError for another `wanted_on`
    that is over or after the end, ListPriceOnly for another customer, or an error of check_agreed().
    """
    owner_id: Any = by.account_id
    if "customer" in fields:
        customer = fields["customer"]
        fields["customer"] = hold_customer(customer.owner_id, customer.pk) if customer else None
    own, read_at, customer_id = read_reserved_lines(owner_id, pk)
    buyer = getattr(fields.get("customer"), "pk", None) if "customer" in fields else customer_id
    is_for_other, is_limited = buyer != customer_id, must_sell_at_list_price(by)
    is_priced_anew = lines is None and is_for_other and (has_prices(by) or is_limited)
    kept = read_goods(owner_id, {pk: own}) if lines or is_priced_anew else []
    goods = lock_lines(by, lines or (), buyer, own, kept, is_for_other=is_for_other)
    reservation = lock_open_reservation(owner_id, pk, read_at)
    check(reservation)
    require_unchanged(reservation, expected_updated_at)
    if (wanted_on := fields.get("wanted_on")) != reservation.wanted_on:
        ends.check_wanted_on(by, wanted_on)
        ends.check_end(by, wanted_on, reservation.expires_at, {"wanted_on": ends.EXTEND_FIRST})
    if "metadata" in fields:
        fields["metadata"] = merge_metadata(reservation.metadata, fields["metadata"])
    if lines is not None or is_priced_anew:
        is_discounted = bool(fields.get("discount", read_discount(reservation)))
        if lines is not None:
            own = check_lines(by, goods, own, is_discounted=is_discounted, is_for_other=is_for_other)
        elif is_limited and is_discounted:
            raise AgreedForLess
        else:
            own, goods.asked = price_all_anew(by, goods.locked, own, kept, buyer)
        delete_lines(reservation)
        insert_lines(reservation, own)
        insert_goods(reservation, goods.asked)
    if "discount" in fields:
        discount = fields.pop("discount")
        if discount and discount != read_discount(reservation):
            check_agreed(draft_order(by, buyer), discount, goods.locked, own, buyer)
        fields |= keep_discount(discount)
    save_fields(reservation, {**fields, "updated_at": reservation.read_at})
    record_reservation_event(reservation, EventType.RESERVATION_CHANGED, quantity=sum(one.quantity for one in own))
    return reservation


@atomic
def fulfil(
    *,
    by: User,
    pk: int,
    lines: list[BookingLine] | None = None,
    keep_rest: bool = False,
    reference: str = "",
    note: str = "",
    occurred_at: datetime | None = None,
    discount: Discount | None = OF_ORDER,
    received: Mapping[str, Any] | None = None,
    expected_updated_at: datetime | None = None,
    check: Callable[[Reservation], None] = accept,
) -> Fulfilled:
    """Sell the reserved quantities, or these lines, as one operation. Lines have by default the reservation's prices.

    The rest is released or, with `keep_rest`, kept by a new reservation until the same time. It may take all stock,
    even if others have reserved it, because the reservation has promised this quantity. Reference and note are by
    default those of the reservation, and so is the discount: of an amount, the sale takes its part, and the new
    reservation has what is left. `check` is as in change(). Raise DoesNotExist, ReservationClosed, ReservationChanged,
    InvalidLines, or an error of check_discount(), share_discount() or pay_new().
    """
    owner_id: Any = by.account_id
    reserved, read_at, customer = read_reserved_lines(owner_id, pk)
    named = [line.product for line in lines or ()]
    locked = lock_products(owner_id, [*(by_id(one.product) for one in reserved), *named], occurred_at)
    reservation = lock_open_reservation(owner_id, pk, read_at)
    check(reservation)
    require_unchanged(reservation, expected_updated_at)
    goods = read_goods(owner_id, {pk: reserved}) if lines is None else []
    draft = OperationDraft(
        by=by,
        reason=OperationReason.SALE,
        reference=reference or reservation.reference,
        note=note or reservation.note,
        occurred_at=occurred_at,
        received=received or {},
        is_promised=True,
    )
    asked = [one.as_booking(is_share=one.total is not None) for one in reserved] if lines is None else lines
    prices = read_sale_prices(draft, locked, asked, customer=customer)
    agreed, is_taken = read_discount(reservation), discount == OF_ORDER
    if lines is None:
        sold, rest, errors = choose_all(reserved, goods)
    else:
        limits: Any = {"is_discounted": bool(is_taken and agreed), "let_go": None if keep_rest else reservation}
        sold, rest, errors = choose_sold(by, locked, lines, reserved, prices, **limits)
    if discount and not is_taken:
        check_discount(by, occurred_at)
    if is_taken and agreed:
        left = sum_up(draft, locked, rest, customer) if agreed.amount is not None else NOTHING
        discount = AgreedDiscount(agreed.percent, agreed.amount, int(left.scaleb(CENTS)))
    draft = replace(draft, discount=None if discount == OF_ORDER else discount)
    handed_out = LockedGoods(locked, sold, goods, errors, prices)
    gone = {one.product_id for one in locked.products if one.archived_at}
    for row in goods:
        if not row.price_from and gone.isdisjoint(product for product, _ in row.parts):
            one = as_asked(row, row.total)
            parts = handed_out.find_parts(one)
            _, row.price_from = find_kind(row.kind).find_total(draft, one, parts, True, prices)
    movements = sell_locked(draft, handed_out)
    operation_id = movements[0].operation_id
    close(reservation, outcome=Outcome.FULFILLED, operation_id=operation_id)
    quantity = sum(movement.quantity for movement in movements if movement.movement_type == MovementType.OUT)
    record_reservation_event(reservation, EventType.RESERVATION_FULFILLED, operation=operation_id, quantity=quantity)
    is_kept = keep_rest and rest
    return Fulfilled(
        movements, keep(reservation, by, rest, leave(agreed, movements, is_taken=is_taken)) if is_kept else None
    )


def keep(reservation: Reservation, by: User, rest: list[Reserved], discount: Discount | None) -> Reservation:
    """Reserve what is left of a reservation that was fulfilled, and return the new reservation."""
    names = ("owner_id", "customer_id", "wanted_on", "expires_at", "reference", "note", "metadata")
    # The time of the lock is before the end of the reservation, which may be over by now.
    kept = Reservation(
        continues_id=reservation.pk,
        created_at=reservation.read_at,
        **keep_discount(discount),
        **{name: getattr(reservation, name) for name in names},
    )
    insert_reservation(kept, by, rest)
    return kept


@atomic
def release(*, by: User, pk: int) -> Reservation:
    """Release the reserved quantities, and return the reservation. Raise DoesNotExist or ReservationClosed."""
    reservation, _reserved = lock_with_products(by, pk)
    close(reservation, outcome=Outcome.RELEASED)
    record_reservation_event(reservation, EventType.RESERVATION_RELEASED)
    return reservation


@atomic
def extend(*, by: User, pk: int, expires_in: int | None) -> Reservation:
    """Let the reservation expire in `expires_in` seconds, or never if this is None. Return the reservation.

    Raise DoesNotExist, ReservationClosed, or ValidationError for an end before `wanted_on`. A reservation that has
    expired is not extended, because others may have reserved its stock.
    """
    reservation, reserved = lock_with_products(by, pk)
    expires_at = None if expires_in is None else reservation.read_at + timedelta(seconds=expires_in)
    ends.check_end(by, reservation.wanted_on, expires_at, {"expires_in": ends.ENDS_BEFORE})
    save_fields(reservation, {"expires_at": expires_at, "updated_at": reservation.read_at})
    until = expires_at or FOREVER
    set_reserved_until(reservation, until)
    raise_hints(reservation.owner_id, [one.product for one in reserved], until)
    return reservation


def insert_reservation(
    reservation: Reservation, by: User, wanted: list[Reserved], expires_in: int | None = None
) -> None:
    """Insert a reservation with its lines, and record the event. Set its id, its number and its times.

    Without times, it is made now, by the clock of the database, and ends `expires_in` seconds later.
    """
    owner_id = reservation.owner_id
    reservation.made_by, reservation.made_by_username = by, by.history_name
    names = ("reference", "note", "made_by_username", "wanted_on", "created_at", "expires_at")
    values = {name: getattr(reservation, name) for name in names} | {
        "owner": owner_id, "made_by": by.pk, "expires_in": expires_in, "customer": reservation.customer_id,
        "continues": reservation.continues_id, "metadata": json.dumps(reservation.metadata),
        "percent": reservation.discount_percent, "amount": reservation.discount_amount,
    }  # fmt: skip
    lock_account(owner_id, AccountLock.NUMBERS)
    execute(sql.NUMBER_OTHERS, values)
    [row] = fetch(sql.RESERVE, values)
    reservation.pk, reservation.number, reservation.created_at, reservation.expires_at, reservation.updated_at = row
    reservation.state = ReservationState.OPEN
    insert_lines(reservation, wanted)
    record_reservation_event(reservation, EventType.RESERVATION_MADE, quantity=sum(one.quantity for one in wanted))


def read_reserved_lines(owner_id: int, pk: int) -> tuple[list[Reserved], datetime | None, int | None]:
    """Return the lines of the reservation, when it was changed last, and its customer. If it is missing, there is none.

    No lock is needed, because lock_open_reservation() refuses a reservation that was changed since.
    """
    lines = ReservationLine.objects.filter(owner_id=owner_id, reservation_id=pk).order_by("id")
    rows = [*lines.select_related("reservation")]
    own = [rows[0].reservation.updated_at, rows[0].reservation.customer_id] if rows else [None, None]
    return [as_reserved(one) for one in rows], *own


def lock_with_products(by: User, pk: int) -> tuple[Reservation, list[Reserved]]:
    """Lock the products of the reservation, then the reservation, and return it with its lines.

    Raise DoesNotExist, ReservationClosed or ReservationChanged.
    """
    owner_id: Any = by.account_id
    reserved, read_at, _customer = read_reserved_lines(owner_id, pk)
    lock_products(owner_id, [by_id(one.product) for one in reserved])
    return lock_open_reservation(owner_id, pk, read_at), reserved


def lock_open_reservation(owner_id: int, pk: int, updated_at: datetime | None) -> Reservation:
    """Lock the reservation, whose products are locked already.

    Raise DoesNotExist, ReservationClosed, or ReservationChanged if it was changed since this time, because its lines
    may be others then.
    """
    reservation: Reservation = Reservation.objects.filter(owner_id=owner_id).detailed().get_locked(pk)
    if reservation.state != ReservationState.OPEN:
        raise ReservationClosed(reservation=pk, state=reservation.state, operation=reservation.operation_id)
    if reservation.updated_at != updated_at:
        raise ReservationChanged(reservation=pk, updated_at=reservation.updated_at)
    return reservation


def require_unchanged(reservation: Reservation, updated_at: datetime | None) -> None:
    """Raise ReservationChanged if the locked reservation has another `updated_at`. None means any."""
    if updated_at not in (None, reservation.updated_at):
        raise ReservationChanged(reservation=reservation.pk, updated_at=reservation.updated_at)


def close(reservation: Reservation, *, outcome: Outcome, operation_id: int | None = None) -> None:
    """Close the locked reservation, so that its lines no longer count."""
    values = {"outcome": outcome, "closed_at": reservation.read_at, "operation_id": operation_id}
    save_fields(reservation, {**values, "updated_at": reservation.read_at})
    set_reserved_until(reservation, reservation.read_at)
    reservation.state = ReservationState(outcome)


def set_reserved_until(reservation: Reservation, until: datetime) -> None:
    lines = ReservationLine.objects.filter(owner_id=reservation.owner_id, reservation_id=reservation.pk)
    lines.update(reserved_until=until)


def record_reservation_event(reservation: Reservation, event_type: str, **numbers: int) -> None:
    record(owner_id=reservation.owner_id, event_type=event_type, data={"reservation": reservation.pk, **numbers})


class ReservedByOrders(ReservedHook):
    def read_reserved(self, owner_id: int, products: Sequence[int]) -> list[tuple[int, int]]:
        return fetch(sql.RESERVED_BY_PRODUCT, {"owner": owner_id, "products": array(products)})
