"""Find what an order or a quote asks for, and its prices: those that apply, or those on which people have agreed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.money.amounts import price_of
from core.money.currencies import find_charged_price
from stock.booking.drafts import BookingLine, LockedProduct, LockedProducts, OperationDraft, check_available
from stock.booking.holdings import LineErrors
from stock.booking.locks import read_reserved
from stock.errors import AgreedForLess, AgreedForMore, InvalidLines
from stock.models import OperationReason, PriceSource
from trade.reservations.errors import NothingReserved, ReservedTwice
from trade.reservations.lines import Reserved, as_asked, count_by_product
from trade.selling.drafts import AskedGoods
from trade.selling.goods import find_kind
from trade.selling.named_goods import Agreed, LockedGoods, lock_goods
from trade.selling.prices import (
    SalePrices,
    check_kept_tax,
    check_price,
    find_applied,
    has_prices,
    must_sell_at_list_price,
    read_sale_prices,
)
from users.models import User


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

    Goods that were ordered at the price that applied are priced again, unless the prices are agreed. If the order is
    for another customer by now, nothing of it was agreed with this one.
    """
    applies = not is_agreed and has_prices(by)
    agreed = [
        Agreed(
            one.named, one.unit_price, {*one.parts}, left=0 if is_for_other else one.quantity, is_net=one.is_net,
            applies=applies and bool(one.price_from),
        )
        for one in goods
    ]  # fmt: skip
    return lock_goods(draft_order(by, customer), [*lines], [one.product for one in own], agreed)


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
    if reserves:
        read_reserved(by.account_id or 0, goods.locked.products)
        of_own = count_by_product(own)
        for product in goods.locked.products:
            product.reserved -= of_own[product.product_id]
    own = [one._replace(quantity=0) for one in own] if is_for_other else own
    left, is_refused = count_by_product(own), is_discounted and must_sell_at_list_price(by)
    # A product has at most one line that is no share. All of its lines keep the same names.
    former = {one.product: one for one in sorted(own, key=lambda one: one.total is None)}
    wanted, named = list[Reserved](), set[int]()
    for index, line in goods.errors.each(goods.lines):
        with goods.errors.of(index):
            product = goods.locked.get_live(line.product)
            product_id, quantity = product.product_id, product.count_units(line.quantity)
            left[product_id] -= quantity
            if is_refused and left[product_id] < 0:
                raise AgreedForLess(product=product_id)
            present = former.get(product_id, Reserved(product_id, 0))
            if line.is_share:
                wanted.append(Reserved(product_id, quantity, None, line.total, "", present.said, line.is_net))
            elif product_id in named:
                raise ReservedTwice(product=product_id)
            else:
                named.add(product_id)
                choices = {"is_agreed": is_agreed, "keeps_list": not reserves}
                wanted.append(choose_price(by, product, quantity, line, present, goods.prices, **choices))
            if product.keeps_stock and reserves:
                check_available(product, quantity, tell_reserved=True)
                product.reserved += quantity
    goods.errors.raise_if_any(refusal)
    return wanted


def choose_price(
    by: User,
    product: LockedProduct,
    quantity: int,
    line: BookingLine,
    present: Reserved,
    prices: SalePrices | None,
    *,
    is_agreed: bool = False,
    keeps_list: bool = False,
) -> Reserved:
    """Return a line with the price that it keeps. Unless it `keeps_list`, it keeps none at the list price.

    `present` is the line of the product that the order had before. Unless the prices are agreed, a higher quantity and
    another price are checked. Raise ListPriceOnly.
    """
    price, is_kept = line.unit_price, line.unit_price == present.unit_price
    chosen = Reserved(present.product, quantity, said=present.said)
    if price is None or (is_kept and present.price_from):
        price, source = find_applied(prices, product)
        if keeps_list and product.decimals:  # it costs a whole amount in some currencies
            price = find_charged_price(quantity, price, product.decimals, by.shop_currency)
        is_left_out = source == PriceSource.LIST and not keeps_list
        return chosen if is_left_out else chosen._replace(unit_price=price, price_from=source)
    chosen = chosen._replace(unit_price=price, is_net=present.is_net if is_kept else line.is_net)
    if is_kept and quantity > present.quantity and not is_agreed:
        check_agreed_price(by, product, chosen, prices)
    elif not is_kept and not is_agreed:
        check_kept_tax(by, chosen.is_net, product=product.product_id)
        check_price(by, product, quantity, price, prices=prices)
    return chosen


def check_agreed_price(
    by: User, product: LockedProduct, agreed: Reserved, prices: SalePrices | None, since: datetime | None = None
) -> None:
    """Check a price on which others have agreed for another customer, or for another quantity.

    If this was a higher one, `since` is when. Raise AgreedForMore or AgreedForLess for a price below the one that
    applies, if the user could not give it either, now or `since`.
    """
    applied, then = find_applied(prices, product).price, replace(prices, at=since) if prices and since else prices
    price, total, refusal = agreed.unit_price, agreed.total, AgreedForMore if since else AgreedForLess
    if not since:
        check_kept_tax(by, agreed.is_net, product=product.product_id)
    if total is not None and total < price_of(agreed.quantity, applied, product.decimals):
        check_price(by, product, agreed.quantity, None, total, prices=prices, refusal=refusal)
    if price is not None and price < applied:
        check_price(by, product, agreed.quantity, price, prices=then, refusal=refusal)


def price_all_anew(
    by: User, locked: LockedProducts, own: Sequence[Reserved], kept: Sequence[Any], customer: int | None
) -> tuple[list[Reserved], list[AskedGoods]]:
    """Return the lines of a reservation, and its goods with parts, at the prices that apply to another customer.

    What somebody has typed stays, and so does the price of what was archived since. Raise ListPriceOnly if it is below
    the price that applies to this customer, or of goods with an archived part, and the user sells at list prices.
    """
    draft = draft_order(by, customer)
    goods = LockedGoods(locked, [one.as_booking(is_share=one.total is not None) for one in own], [], LineErrors())
    asked = [as_asked(row) for row in kept]
    goods.prices = read_sale_prices(draft, locked, goods.lines, asked)
    gone = {one.product_id: one for one in locked.products if one.archived_at}
    for row, whole in zip(kept, asked, strict=True):
        if gone.keys().isdisjoint(part.product.value for part in whole.parts):
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
            wanted.append(one._replace(total=line.total, is_net=line.is_net))
        elif one.product not in gone:
            product = locked.get_live(line.product)
            wanted.append(choose_price(by, product, one.quantity, line, one._replace(quantity=0), goods.prices))
        else:
            wanted.append(one)
            if one.unit_price is not None:
                check_agreed_price(by, gone[one.product], one, goods.prices)
    return wanted, asked
