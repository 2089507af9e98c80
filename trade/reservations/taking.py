"""Choose what a hand-out sells of a reservation, at the prices on which people have agreed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from stock.booking.drafts import BookingLine, LockedProduct, LockedProducts
from stock.booking.holdings import LineErrors
from stock.errors import AgreedForLess
from stock.models import PriceSource
from trade.reservations.errors import MoreThanReserved
from trade.reservations.lines import Reserved, count_by_product, read_goods
from trade.reservations.models import Reservation
from trade.reservations.ordering import check_agreed_price
from trade.selling.prices import PRODUCT, SalePrices, check_price, find_applied, must_sell_at_list_price
from users.models import User

# A line of a request stands at this place, and takes this of the product.
Taken = tuple[int, LockedProduct, Reserved]


def choose_all(
    reserved: Sequence[Reserved], goods: Iterable[Any]
) -> tuple[list[BookingLine], list[Reserved], LineErrors]:
    """Return what choose_sold() does, to sell all that is reserved as the `goods` of which it is a part."""
    errors, named = LineErrors(), {place: one.named for one in goods for place in one.places}
    errors.origins = [(place, named.get(place, {})) for place in range(len(reserved))]
    return [one.as_booking(is_share=place in named) for place, one in enumerate(reserved)], [], errors


def choose_sold(
    by: User,
    locked: LockedProducts,
    lines: list[BookingLine],
    reserved: Sequence[Reserved],
    prices: SalePrices | None,
    *,
    is_discounted: bool,
    let_go: Reservation | None,
) -> tuple[list[BookingLine], list[Reserved], LineErrors]:
    """Return the lines to book for a reservation, what is left of it, and the errors of refused lines.

    A line takes what is reserved of its product in the order of the reservation's lines, at their prices. If it has a
    price of its own, it first takes what is reserved at this price. Of a product without stock, it may sell more than
    was reserved, at the price at which it was reserved unless this was a share.

    Who sells at list prices sells no more than was agreed at a lower price or with the discount of the order
    (`is_discounted`). If the rest of the reservation is `let_go`, check_rest() has further limits.
    """
    errors, sold, kept = LineErrors(), list[BookingLine](), list[Taken]()
    left: dict[int, dict[int, Reserved]] = {}  # by product, and by the place in the reservation
    for place, one in enumerate(reserved):
        left.setdefault(one.product, {})[place] = one
    plain = {one.product: (place, one) for place, one in enumerate(reserved) if one.total is None}
    for index, line in enumerate(lines):
        with errors.of_request(index):
            product = locked.get_live(line.product)
            quantity, own = product.count_units(line.quantity), left.get(product.product_id, {})
            rest = sum(one.quantity for one in own.values())
            if is_more := quantity > rest:
                if product.keeps_stock or product.product_id not in left:
                    numbers = {"reserved": product.write(rest), "requested": product.write(quantity)}
                    raise MoreThanReserved(product=product.product_id, **numbers)
                place, one = plain.get(product.product_id, (len(reserved), Reserved(product.product_id, 0)))
                present = own[place].quantity if place in own else 0
                own[place] = one._replace(quantity=present + quantity - rest)
            taken = take_reserved(own, quantity, line.unit_price, by.shop_currency)
            if is_more and is_discounted and must_sell_at_list_price(by):
                raise AgreedForLess(product=product.product_id)
            if line.total is None and all(line.unit_price in (None, one.unit_price) for one in taken):
                booked = [one.as_booking() for one in taken]
                kept += [(index, product, one) for one in taken]
                for one in taken if is_more else ():
                    check_agreed_price(by, product, one, prices)
            else:
                check_price(by, product, quantity, line.unit_price, line.total, prices=prices)
                booked = [line]
            sold += booked
            errors.origins += [(index, {})] * len(booked)
    found = {place: one for own in left.values() for place, one in own.items()}
    if let_go and must_sell_at_list_price(by):
        check_rest(by, kept, reserved, {one.product for one in found.values()}, let_go, prices, errors)
    return sold, [found[place] for place in sorted(found)], errors


def check_rest(
    by: User,
    taken: Iterable[Taken],
    reserved: Sequence[Reserved],
    rest: set[int],
    let_go: Reservation,
    prices: SalePrices | None,
    errors: LineErrors,
) -> None:
    """Collect AgreedForMore for what is sold at the price of a higher quantity, though the `rest` is let go."""
    quantities = {(PRODUCT, pk): quantity for pk, quantity in count_by_product(reserved).items()}
    whole = replace(prices, quantities=Counter(quantities)) if prices else None
    goods = read_goods(let_go.owner_id, {let_go.pk: reserved})
    of_rows = {pk for one in goods if one.price_from == PriceSource.ROW for pk, _ in one.parts}
    for place, product, one in taken:
        is_of_row = one.price_from == PriceSource.ROW or one.unit_price == find_applied(whole, product).price
        if one.product in rest and (is_of_row or (one.total is not None and one.product in of_rows)):
            with errors.of_request(place):
                check_agreed_price(by, product, one, prices, let_go.created_at)


def take_reserved(own: dict[int, Reserved], quantity: int, unit_price: Decimal | None, currency: str) -> list[Reserved]:
    """Take the first of a product's lines, up to the quantity, out of what is left of them, and return them.

    Lines with the `unit_price` come before the others, if there is one.
    """
    taken = []
    for place, one in sorted(own.items(), key=lambda item: unit_price not in (None, item[1].unit_price)):
        if quantity:
            first, rest = one.take(min(one.quantity, quantity), currency)
            taken.append(first)
            quantity -= first.quantity
            if rest.quantity:
                own[place] = rest
            else:
                del own[place]
    return taken
