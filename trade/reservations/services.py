"""The services that change reservations.

Each service is one transaction: it locks the products, then the reservation, checks, and writes. The reserved quantity
is never stored as a number: it is the sum of the lines that count, read under the locks of their products. See
docs/decisions/0035-reservations-are-sums.md.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Q

from core.database.postgres.base import array, execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.model_fields import merge_metadata
from core.money.amounts import price_of
from core.money.currencies import find_charged_price, round_money
from core.ownership import accept, delete_rows, save_fields
from products.models import Product
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import (
    CENTS,
    NOTHING,
    BookingLine,
    Discount,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    PartLine,
    ProductReference,
    by_id,
    check_available,
    divide,
)
from stock.booking.holdings import LineErrors
from stock.booking.locks import lock_products, read_reserved
from stock.errors import AgreedForLess, AgreedForMore, InvalidLines, ListPriceOnly
from stock.models import Movement, MovementType, OperationReason, PriceSource
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
from trade.reservations.errors import (
    MoreThanReserved,
    NothingReserved,
    ReservationChanged,
    ReservationClosed,
    ReservedTwice,
)
from trade.reservations.models import (
    FOREVER,
    SAID,
    Ordered,
    OrderedLine,
    Outcome,
    Reservation,
    ReservationLine,
    ReservationState,
)
from trade.selling.drafts import AskedGoods, FoundGoods
from trade.selling.goods import GoodsKind, find_kind, list_kinds
from trade.selling.named_goods import Agreed, LockedGoods, lock_goods
from trade.selling.prices import (
    PRODUCT,
    SalePrices,
    check_kept_tax,
    check_price,
    find_applied,
    has_net_prices,
    has_prices,
    must_sell_at_list_price,
    read_sale_prices,
)
from trade.selling.services import check_discount, sell_locked
from users.models import User

MAX_LINES = 500

MIN_SECONDS = 1
MAX_SECONDS = 30 * 24 * 60 * 60
DEFAULT_SECONDS = 15 * 60


Said = tuple[str | None, ...]
NOTHING_SAID: Said = (None,) * len(SAID)


class Reserved(NamedTuple):
    """What a line of a reservation has of a product. `total` is the share of the price of goods with parts."""

    product: int
    quantity: int
    unit_price: Decimal | None = None
    total: Decimal | None = None
    price_from: str = ""  # what made a price that applied, if nobody typed it
    said: Said = NOTHING_SAID  # what the line keeps of the product; None: the present values
    is_net: bool | None = None  # whether the price is without VAT; None: as the prices of the shop

    def take(self, quantity: int, currency: str) -> tuple["Reserved", "Reserved"]:
        """Return the part with this quantity, and the rest. Each has its share of the total, as money that exists."""
        taken, rest = self._replace(quantity=quantity), self._replace(quantity=self.quantity - quantity)
        if self.total is None:
            return taken, rest
        share = round_money(divide(self.total, quantity, self.quantity), currency)
        return taken._replace(total=share), rest._replace(total=self.total - share)

    def as_booking(self, *, is_share: bool = False) -> BookingLine:
        """Return the line that sells it."""
        prices: dict[str, Any] = {"unit_price": self.unit_price, "total": self.total, "price_from": self.price_from}
        line = BookingLine(by_id(self.product), MovementType.OUT, self.quantity, is_share=is_share, **prices)
        return replace(line, is_net=self.is_net)


class Tables(NamedTuple):
    """Where an order or a quote keeps its lines and its goods with parts. `link` is the name of their key to it.

    `insert` is the statement that inserts lines, and `further` are attributes of AskedGoods that are kept, too.
    """

    link: str
    lines: Any
    find_goods: Callable[[GoodsKind], Any]
    insert: str
    further: Sequence[str] = ()


RESERVED = Tables("reservation", ReservationLine, attrgetter("reserved"), sql.INSERT_LINES)


class Fulfilled(NamedTuple):
    """The movements that sell what was reserved, and the reservation that keeps the rest, if there is one."""

    movements: list[Movement]
    kept: Reservation | None


def count_by_product(reserved: Iterable[Reserved]) -> Counter[int]:
    quantities: Counter[int] = Counter()
    for one in reserved:
        quantities[one.product] += one.quantity
    return quantities


def check_lines(
    by: User,
    goods: LockedGoods,
    own: Sequence[Reserved] = (),
    refusal: type[InvalidLines] = NothingReserved,
    *,
    reserves: bool = True,
    is_agreed: bool = False,
    is_discounted: bool = False,
    is_for_other: bool = False,
) -> list[Reserved]:
    """Return what to reserve. Raise the refusal with the error of every refused line.

    `own` is what the reservation of these lines has reserved already, which is available to it. If the prices are
    agreed, nobody is asked about them. Who sells at list prices may not have more at a lower price or with a discount
    that is kept (`is_discounted`), and nothing if the order is for another customer by now.
    """
    errors, is_net = goods.errors, has_net_prices(by)
    agreed = () if is_for_other else own
    left, is_refused = count_by_product(agreed), is_discounted and must_sell_at_list_price(by)
    if reserves:
        read_reserved(by.account_id or 0, goods.locked.products)
        of_own = count_by_product(own)
        for product in goods.locked.products:
            product.reserved -= of_own[product.product_id]
    said = {one.product: one.said for one in own}
    former = {one.product: one for one in own if one.total is None}
    wanted: list[Reserved] = []
    named: set[int] = set()
    for index, line in errors.each(goods.lines):
        with errors.of(index):
            product = goods.locked.get_live(line.product)
            product_id, quantity = product.product_id, product.count_units(line.quantity)
            price, source, was_net = None, "", line.is_net
            left[product_id] -= quantity
            if is_refused and left[product_id] < 0:
                raise AgreedForLess(product=product_id)
            if not line.is_share:
                if product_id in named:
                    raise ReservedTwice(product=product_id)
                named.add(product_id)
                present = former.get(product_id, Reserved(product_id, 0))
                is_more = is_for_other or quantity > present.quantity or line.unit_price != present.unit_price
                checks = {"is_checked": is_more and not is_agreed, "keeps_list": not reserves}
                chosen = choose_price(by, product, quantity, line, present, goods.prices, **checks)
                price, source, was_net = chosen
            kept, has_price = said.get(product_id, NOTHING_SAID), price is not None or line.total is not None
            net = (is_net if was_net is None else was_net) if has_price else None
            wanted.append(Reserved(product_id, quantity, price, line.total, source, kept, net))
            if product.keeps_stock and reserves:
                check_available(product, quantity, tell_reserved=True)
                product.reserved += quantity
    errors.raise_if_any(refusal)
    return wanted


def choose_price(
    by: User,
    product: LockedProduct,
    quantity: int,
    line: BookingLine,
    present: Reserved,
    prices: SalePrices | None,
    *,
    is_checked: bool,
    keeps_list: bool,
) -> tuple[Decimal | None, str, bool | None]:
    """Return the price that a line keeps, what made it, and whether it was agreed without VAT: None if it is new.

    `present` is the line that the order has had of the product. `is_checked` is whether the user asks for more than
    that. Raise ListPriceOnly.
    """
    price, is_kept = line.unit_price, line.unit_price == present.unit_price
    if price is None or (is_kept and present.price_from):
        price, source = price_anew(product, prices, keeps_list=keeps_list)
        if price and product.decimals and keeps_list:  # it costs a whole amount in some currencies
            price = find_charged_price(quantity, price, product.decimals, by.shop_currency)
        return price, source, None
    is_net = present.is_net if is_kept else line.is_net
    if is_checked:
        check_kept_tax(by, is_net, product=product.product_id)
    if is_checked and is_kept:
        check_agreed_price(by, product, Reserved(product.product_id, quantity, price), prices)
    elif is_checked:
        check_price(by, product, quantity, price, prices=prices)
    return price, "", is_net


def check_agreed_price(
    by: User,
    product: LockedProduct,
    agreed: Reserved,
    prices: SalePrices | None,
    since: datetime | None = None,
    refusal: type[ListPriceOnly] = ListPriceOnly,
) -> None:
    """Check a price on which others have agreed for another quantity or another customer.

    Raise the refusal if it is below the one that applies, and the user could not give it either, now or `since`.
    """
    applied, then = find_applied(prices, product).price, replace(prices, at=since) if prices and since else prices
    price, total = agreed.unit_price, agreed.total
    if total is not None and total < price_of(agreed.quantity, applied, product.decimals):
        check_price(by, product, agreed.quantity, None, total, prices=prices, refusal=refusal)
    if price is not None and price < applied:
        check_price(by, product, agreed.quantity, price, prices=then, refusal=refusal)


def price_anew(
    product: LockedProduct, prices: SalePrices | None, *, keeps_list: bool = False
) -> tuple[Decimal | None, str]:
    """Return the price that a line keeps, and what made it. An order keeps none at the list price."""
    applied = find_applied(prices, product)
    return applied if keeps_list or applied.price_from != PriceSource.LIST else (None, "")


def price_all_anew(
    by: User, locked: LockedProducts, own: Sequence[Reserved], kept: Sequence[Any], customer: int | None
) -> tuple[list[Reserved], list[AskedGoods]]:
    """Return the lines of a reservation, and its goods with parts, at the prices that apply to another customer.

    What somebody has typed stays, and so does the price of what was archived since. Raise ListPriceOnly if it is below
    the price that applies to this customer, or of goods with an archived part, and the user sells at list prices.
    """
    draft, is_net = draft_order(by, customer), has_net_prices(by)
    goods = LockedGoods(locked, [one.as_booking(is_share=one.total is not None) for one in own], [], LineErrors())
    asked = [as_asked(row) for row in kept]
    goods.prices = read_sale_prices(draft, locked, goods.lines, asked)
    gone = {one.product_id for one in locked.products if one.archived_at}
    for row, whole in zip(kept, asked, strict=True):
        if gone.isdisjoint(part.product.value for part in whole.parts):
            if whole.price_from and not whole.goods.is_archived:
                goods.share_price(draft, whole)
            else:
                check_kept_tax(by, row.is_net, **whole.goods.named)
                same = as_asked(row, row.total)
                find_kind(row.kind).find_total(draft, same, goods.find_parts(same), None, goods.prices)
        elif must_sell_at_list_price(by):  # what it would cost this customer can't be told
            raise AgreedForLess(**whole.goods.named)
    wanted = []
    for one, line in zip(own, goods.lines, strict=True):
        if one.total is not None:
            wanted.append(one._replace(total=line.total, is_net=is_net if line.is_net is None else line.is_net))
        elif (one.price_from or one.unit_price is None) and one.product not in gone:
            price, source = price_anew(locked.get_live(line.product), goods.prices)
            net = None if price is None else is_net
            wanted.append(one._replace(unit_price=price, price_from=source, is_net=net))
        else:
            wanted.append(one)
            if one.unit_price is not None and (product := locked.find(line.product)):
                check_kept_tax(by, one.is_net, product=one.product)
                check_agreed_price(by, product, one, goods.prices)
    return wanted, asked


def as_asked(row: Any, total: Decimal | None = None) -> AskedGoods:
    """Return goods with parts that a reservation has, as a line asks for them, at its price or a total."""
    found = getattr(row, row.kind)
    is_archived = found.archived_at is not None
    usual = [[product, each] for product, each in row.parts]
    named = FoundGoods(row.kind, found.pk, row.name, row.sku, found.barcode, found.price, is_archived, usual)
    parts = [PartLine(by_id(product), each) for product, each in row.parts]
    reference = ProductReference(row.kind, found.pk)
    line = BookingLine(reference, MovementType.OUT, row.quantity, total=total, parts=parts)
    return AskedGoods(named, line, row.quantity, row.places, row.total, row.price_from or "")


class Taken(NamedTuple):
    """What a line sells of a reservation at its price. `is_more` is whether it sells more of the product than that."""

    place: int  # The line stands here in the request.
    product: LockedProduct
    reserved: Reserved
    is_more: bool


def check_taken(
    by: User,
    kept: Iterable[Taken],
    reserved: Sequence[Reserved],
    let_go: Collection[int],
    goods: Sequence[Any],
    prices: SalePrices | None,
    since: datetime | None,
    errors: LineErrors,
) -> None:
    """Collect ListPriceOnly for what is sold beyond the reservation, and for less at the price of a higher quantity.

    `let_go` has the products of which something is left that nobody keeps. `goods` are those with parts that the
    reservation has, which was made at the time `since`.
    """
    quantities = {(PRODUCT, pk): quantity for pk, quantity in count_by_product(reserved).items()}
    whole = replace(prices, quantities=Counter(quantities)) if prices else None
    of_rows = {pk for one in goods if one.price_from == PriceSource.ROW for pk, _ in one.parts}
    for place, product, one, is_more in kept:
        is_of_row = one.price_from == PriceSource.ROW or one.unit_price == find_applied(whole, product).price
        if one.total is not None:
            is_of_row = product.product_id in of_rows
        with errors.of_request(place):
            if is_more:
                check_kept_tax(by, one.is_net, product=product.product_id)
                check_agreed_price(by, product, one, prices, refusal=AgreedForLess)
            elif is_of_row and product.product_id in let_go:
                check_agreed_price(by, product, one, prices, since, AgreedForMore)


def choose_sold(
    by: User,
    locked: LockedProducts,
    lines: list[BookingLine] | None,
    reserved: Sequence[Reserved],
    goods: Sequence[Any],
    prices: SalePrices | None,
    *,
    is_discounted: bool,
    since: datetime | None,
) -> tuple[list[BookingLine], list[Reserved], LineErrors]:
    """Return the lines to book for a reservation, what is left of it, and the errors of refused lines.

    Without lines, all is sold, as the `goods` of which it is a part. A line takes what is reserved of its product in
    the order of the reservation's lines, at their prices. If it has a price of its own, it first takes what is reserved
    at this price. Of a product without stock, it may sell more than was reserved.

    Who sells at list prices sells no more than was agreed at a lower price or with the discount of the order
    (`is_discounted`). If the rest is let go, less is not sold at the price of a higher quantity: `since` is when the
    order was made, or None if the rest is kept.
    """
    errors, kept, is_limited = LineErrors(), list[Taken](), must_sell_at_list_price(by)
    if lines is None:
        named = {place: one.named for one in goods for place in one.places}
        errors.origins = [(place, named.get(place, {})) for place in range(len(reserved))]
        return [one.as_booking(is_share=place in named) for place, one in enumerate(reserved)], [], errors
    left, sold = dict(enumerate(reserved)), []
    places = defaultdict[int, list[int]](list)  # those of each product in the reservation
    for place, one in left.items():
        places[one.product].append(place)
    for index, line in enumerate(lines):
        with errors.of_request(index):
            product = locked.get_live(line.product)
            quantity, own = product.count_units(line.quantity), places[product.product_id]
            rest = sum(left[place].quantity for place in own if place in left)
            if is_more := quantity > rest:
                if product.keeps_stock or not own:
                    numbers = {"reserved": product.write(rest), "requested": product.write(quantity)}
                    raise MoreThanReserved(product=product.product_id, **numbers)
                add_surplus(left, reserved, own, quantity - rest)
            taken = take_reserved(left, own, quantity, line.unit_price, by.shop_currency)
            if is_more and is_discounted and is_limited:
                raise AgreedForLess(product=product.product_id)
            is_whole = line.unit_price is None and line.total is None
            is_agreed = line.total is None and all(one.unit_price == line.unit_price for one in taken)
            if is_whole:
                booked = [one.as_booking() for one in taken]
            elif is_agreed:
                booked = [replace(line, price_from=taken[0].price_from, is_net=taken[0].is_net)]
            else:
                check_price(by, product, quantity, line.unit_price, line.total, prices=prices)
                booked = [line]
            sold += booked
            kept += [Taken(index, product, one, is_more) for one in taken if is_whole or is_agreed]
            errors.origins += [(index, {})] * len(booked)
    if is_limited:
        let_go = count_by_product(left.values()) if since else ()
        check_taken(by, kept, reserved, let_go, goods, prices, since, errors)
    return sold, [*left.values()], errors


def add_surplus(left: dict[int, Reserved], reserved: Sequence[Reserved], own: list[int], surplus: int) -> None:
    """Add to what is left of a product, at the price at which it was reserved, unless this was a share.

    `own` has the places of the product's lines.
    """
    priced = [place for place in own if place in left and left[place].total is None]
    if priced:
        left[priced[-1]] = left[priced[-1]]._replace(quantity=left[priced[-1]].quantity + surplus)
    else:
        product = reserved[own[0]].product
        plain = [one for one in reserved if one.product == product and one.total is None] or [Reserved(product, 0)]
        own.append(max([len(reserved), *left]) + 1)
        left[own[-1]] = plain[-1]._replace(quantity=surplus)


def take_reserved(
    left: dict[int, Reserved], own: list[int], quantity: int, unit_price: Decimal | None, currency: str
) -> list[Reserved]:
    """Take the first of the product's lines, up to the quantity, out of what is left, and return them.

    `own` has their places. Lines with the `unit_price` come before the others, if there is one.
    """
    taken = []
    present = [place for place in own if place in left]
    for place in sorted(present, key=lambda place: unit_price not in (None, left[place].unit_price)):
        if quantity:
            part = min(left[place].quantity, quantity)
            first, rest = left[place].take(part, currency)
            taken.append(first)
            quantity -= part
            if rest.quantity:
                left[place] = rest
            else:
                del left[place]
    return taken


def draft_order(by: User, customer: int | None) -> OperationDraft:
    return OperationDraft(by=by, reason=OperationReason.SALE, customer=customer)


def lock_lines(
    by: User,
    lines: Iterable[BookingLine],
    customer: int | None,
    own: Sequence[Reserved] = (),
    goods: Sequence[Any] = (),
    *,
    is_agreed: bool = False,
    is_for_other: bool = False,
) -> LockedGoods:
    """Lock the goods of the lines. `own` and `goods` are what their reservation has already: it is locked as well.

    What has the price that applied is priced anew, unless the prices are agreed. If the order is for another customer
    by now, nothing of it was agreed with this one.
    """
    draft = draft_order(by, customer)
    agreed = [
        Agreed(one.named, one.unit_price, {*one.parts}, 0 if is_for_other else one.quantity, one.is_net)
        for one in goods
    ]
    kept = [(one.named, one.unit_price) for one in goods if one.price_from and not is_agreed and has_prices(by)]
    return lock_goods(draft, [*lines], [one.product for one in own], agreed, kept)


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
    quoted = {str(row.named): row for row in agreed or ()}
    for one in goods.asked if is_agreed else ():  # the order, its sale and its invoice have the names of the quote
        row = quoted[str(one.goods.named)]
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
    kept = read_own_goods(owner_id, pk, own) if lines or is_priced_anew else []
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
    wholes = read_own_goods(owner_id, pk, reserved) if lines is None or must_sell_at_list_price(by) else []
    goods = wholes if lines is None else []
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
    since = None if keep_rest else reservation.created_at
    is_discounted = bool(is_taken and agreed)
    sold, rest, errors = choose_sold(
        by, locked, lines, reserved, wholes, prices, is_discounted=is_discounted, since=since
    )
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


def insert_lines(order: Ordered, wanted: list[Reserved], tables: Tables = RESERVED) -> None:
    """Insert the lines of a quote, or of an open reservation, which count until it ends."""
    if not wanted:  # all lines are refused
        return
    until = getattr(order, "expires_at", None) or FOREVER
    products, quantities, prices, totals, sources, said, nets = map(list, zip(*wanted, strict=True))
    values = {
        "owner": order.owner_id, "order": order.pk, "until": until, "products": products,
        "quantities": quantities, "prices": prices, "totals": totals, "sources": sources, "nets": nets,
        **dict(zip(SAID, map(list, zip(*said, strict=True)), strict=True)),
    }  # fmt: skip
    execute(tables.insert, values)
    if tables is RESERVED:
        raise_hints(order.owner_id, products, until)


def raise_hints(owner_id: int, products: Collection[int], until: datetime) -> None:
    """Set `reserved_until` of the products to at least this time, until which bookings read the reserved quantity."""
    sooner = Q(reserved_until__isnull=True) | Q(reserved_until__lt=until)
    Product.objects.filter(sooner, owner_id=owner_id, pk__in=list(products)).update(reserved_until=until)


def delete_lines(order: Ordered, tables: Tables = RESERVED) -> None:
    for model in (tables.lines, *map(tables.find_goods, list_kinds())):
        own = model.objects.filter(owner_id=order.owner_id, **{tables.link: order})
        delete_rows(model, order.owner_id, [*own])


def insert_goods(order: Ordered, asked: Sequence[AskedGoods], tables: Tables = RESERVED) -> None:
    """Insert the goods with parts of an order or a quote. They have the places of the lines of their parts."""
    links: dict[str, Any] = {"owner_id": order.owner_id, tables.link: order}
    for kind in list_kinds() if asked else ():
        model = tables.find_goods(kind)
        model.objects.bulk_create(
            model(
                **links, lines=one.places, price_from=find_kept_source(one), **one.describe(),
                **{name: getattr(one, name) for name in tables.further},
            )
            for one in asked
            if one.kind == kind.name
        )  # fmt: skip


def find_kept_source(asked: AskedGoods) -> str | None:
    """Return what made the price of these goods, or None if somebody has typed it, even the one that applies."""
    return None if asked.line.price.is_given else asked.price_from or None


def read_own_goods(owner_id: int, pk: int, lines: Iterable[Reserved]) -> list[Any]:
    """Return the goods with parts of the reservation with these lines, as read_goods()."""
    return read_goods(owner_id, {pk: [*lines]})


def read_goods(owner_id: int, lines: Mapping[int, Sequence[Reserved]], tables: Tables = RESERVED) -> list[Any]:
    """Return the goods with parts of these orders or quotes, with the products and quantities of one as `parts`.

    `lines` has what each line has, by the id of the order. No statement is executed if none of them has a share.
    """
    ids = [pk for pk, own in lines.items() if any(one.total is not None for one in own)]
    found = []
    for kind in list_kinds() if ids else ():
        rows = tables.find_goods(kind).objects.filter(owner_id=owner_id, **{f"{tables.link}_id__in": ids})
        for row in rows.order_by("id").select_related(kind.name):
            parts = [lines[getattr(row, f"{tables.link}_id")][place] for place in row.places]
            row.parts = [(part.product, part.quantity // row.quantity) for part in parts]
            row.is_net = parts[0].is_net
            found.append(row)
    return found


def attach_lines(orders: Sequence[Any], tables: Tables) -> list[Any]:
    """Set `shown` and `goods` of orders or quotes of one account, and `part_of` of their lines. Return them."""
    by_id = {order.pk: order for order in orders}
    for order in orders:
        order.shown, order.goods = [], []
    owner_id = orders[0].owner_id if orders else 0
    lines = tables.lines.objects.filter(owner_id=owner_id, **{f"{tables.link}_id__in": [*by_id]})
    for line in lines.select_related("product").order_by(f"{tables.link}_id", "id"):
        by_id[getattr(line, f"{tables.link}_id")].shown.append(line)
    for goods in read_goods(owner_id, {pk: [*map(as_reserved, one.shown)] for pk, one in by_id.items()}, tables):
        order = by_id[getattr(goods, f"{tables.link}_id")]
        order.goods.append(goods)
        for place in goods.places:
            order.shown[place].part_of = goods
    return [*orders]


def read_reserved_lines(owner_id: int, pk: int) -> tuple[list[Reserved], datetime | None, int | None]:
    """Return the lines of the reservation, when it was changed last, and its customer. If it is missing, there is none.

    No lock is needed, because lock_open_reservation() refuses a reservation that was changed since.
    """
    lines = ReservationLine.objects.filter(owner_id=owner_id, reservation_id=pk).order_by("id")
    rows = [*lines.select_related("reservation")]
    own = [rows[0].reservation.updated_at, rows[0].reservation.customer_id] if rows else [None, None]
    return [as_reserved(one) for one in rows], *own


def as_reserved(line: OrderedLine) -> Reserved:
    said = tuple(getattr(line, name) for name in SAID)
    values = line.product_id, line.quantity, line.unit_price, line.total, line.price_from or "", said, line.is_net
    return Reserved(*values)


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


def read_reserved_by_product(owner_id: int, products: list[int]) -> list[tuple[int, int]]:
    """Return the ids of those of the products that are reserved, each with its reserved quantity.

    The sums are read from the primary: a booking has locked the products there.
    """
    return fetch(sql.RESERVED_BY_PRODUCT, {"owner": owner_id, "products": array(products)})
