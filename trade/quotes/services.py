"""The services that write quotes, and make orders of them.

A transaction locks the quote, then the customer and the products, and then the numbers of the shop.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from rest_framework.exceptions import ValidationError

from core import ownership
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.model_fields import merge_metadata
from core.money.currencies import charge
from core.sentences import fill
from records.events.models import EventType
from records.events.services import record
from stock.booking.drafts import NOTHING, BookingLine, Discount, by_id
from stock.booking.services import CurrencyOfLedger
from stock.errors import AgreedForLess, DiscountTooHigh
from stock.models import MovementType
from trade.customers.services import hold_customer
from trade.quotes.errors import CurrencyChanged, NothingQuoted, QuoteChanged, QuoteClosed, TooManyQuotes
from trade.quotes.models import Quote, QuotedKits, QuoteLine, QuoteState, find_condition
from trade.quotes.sql import INSERT_LINES, TAXES
from trade.reservations.discounts import find_off, keep_discount, read_discount
from trade.reservations.end_services import OVER
from trade.reservations.lines import (
    Tables,
    as_asked,
    as_reserved,
    attach_lines,
    delete_lines,
    insert_goods,
    insert_lines,
)
from trade.reservations.models import Reservation
from trade.reservations.ordering import check_lines, lock_lines
from trade.reservations.services import reserve
from trade.selling.prices import must_sell_at_list_price
from trade.selling.services import check_discount
from users.hooks import CurrencyHook
from users.models import User

MAX_QUOTES = 20_000  # the most open quotes of a shop; expired ones do not count
VALID_FOR = timedelta(days=30)
QUOTED = Tables(
    "quote", QuoteLine, lambda kind: {QuotedKits.kind: QuotedKits}[kind.name], INSERT_LINES, ("list_price",)
)


@atomic
def create(*, by: User, lines: list[BookingLine], **fields: Any) -> Quote:
    """Write a quote with the next number, and return it. Its lines keep their prices, by default those that apply.

    `fields` may have what change() sets. Raise TooManyQuotes or an error of write().
    """
    owner_id: Any = by.account_id
    quote = Quote(owner_id=owner_id, made_by=by, made_by_username=by.history_name, created_at=read_clock())
    quote.valid_until = by.shop_today() + VALID_FOR
    quote.shown = quote.goods = []
    return write(quote, by, lines, fields, EventType.QUOTE_CREATED)


@atomic
def change(
    *,
    by: User,
    pk: int,
    lines: list[BookingLine] | None = None,
    expected_updated_at: datetime | None = None,
    check: Callable[[Quote], None] = ownership.accept,
    **fields: Any,
) -> Quote:
    """Set the given fields of a quote that is open or expired, and return it. Lines replace its lines.

    `fields` may have `customer`, `discount`, `valid_until`, `reference`, `note` and `metadata`, which is merged. Raise
    DoesNotExist, QuoteClosed, QuoteChanged, TooManyQuotes, or an error of write().
    """
    quote = lock_open_quote(by, pk)
    check(quote)
    if expected_updated_at not in (None, quote.updated_at):
        raise QuoteChanged
    return write(quote, by, lines, fields, EventType.QUOTE_CHANGED)


def write(quote: Quote, by: User, lines: list[BookingLine] | None, fields: dict[str, Any], event_type: str) -> Quote:
    """Save a quote with these fields, and with its lines if they or the customer change. Return the quote.

    Lines are saved with the prices that apply now, or with a typed one. Raise NothingQuoted, CustomerArchived,
    TooManyQuotes, DiscountRefused, DiscountTooHigh, or ValidationError for a day that is over.
    """
    today, former, day = by.shop_today(), quote.customer_id, quote.valid_until
    was_open = quote.pk is not None and quote.find_state(today) == QuoteState.OPEN
    if fields.get("customer"):
        fields["customer"] = hold_customer(quote.owner_id, fields["customer"].pk)
    is_summed, discount = "discount" in fields, fields.pop("discount", None)
    if discount and discount != read_discount(quote):
        check_discount(by)
    fields |= keep_discount(discount) if is_summed else {}
    fields["metadata"] = merge_metadata(quote.metadata, fields.get("metadata", {}))
    for name, value in fields.items():
        setattr(quote, name, value)
    if quote.valid_until < today and quote.valid_until != day:
        raise ValidationError({"valid_until": [fill(OVER, day=quote.valid_until, today=today)]})
    goods, own = None, [*map(as_reserved, quote.shown)]
    if lines is not None or former != quote.customer_id:
        lines = list_lines(quote, anew=True) if lines is None else lines
        is_for_other = former != quote.customer_id
        goods = lock_lines(by, lines, quote.customer_id, own, quote.goods, is_for_other=is_for_other)
        kept = {"is_discounted": read_discount(quote) is not None, "is_for_other": is_for_other}
        own = check_lines(by, goods, own, NothingQuoted, reserves=False, **kept)
    if not was_open and quote.valid_until >= today:
        lock_account(quote.owner_id, AccountLock.NUMBERS)
        quotes = Quote.objects.filter(owner_id=quote.owner_id)
        if quotes.filter(find_condition(QuoteState.OPEN, today)).count() >= MAX_QUOTES:
            raise TooManyQuotes(limit=MAX_QUOTES)
        quote.number = quote.number or (quotes.aggregate(last=Max("number"))["last"] or 0) + 1
    quote.updated_at = read_clock()
    quote.save()
    if goods:
        delete_lines(quote, QUOTED)
        insert_lines(quote, own, QUOTED)
        insert_goods(quote, goods.asked, QUOTED)
        attach_lines([quote], QUOTED)
    if goods or is_summed:
        set_total(quote, by, discount)
    record_quote(quote, event_type)
    return quote


def set_total(quote: Quote, by: User, written: Discount | None) -> None:
    """Save the total and the taxes of a quote. Raise DiscountTooHigh if an amount was written that is too high."""
    prices = [
        charge(one.quantity, one.unit_price or NOTHING, one.product.decimals, by.shop_currency) + (one.total or NOTHING)
        for one in quote.shown
    ]
    if written and written.amount and written.amount > (limit := sum(prices, NOTHING)):
        raise DiscountTooHigh(limit=limit)
    if discount := read_discount(quote):
        off = find_off(discount, prices, by.shop_currency)
        prices = [price - part for price, part in zip(prices, off, strict=True)]
    products = [one.product_id for one in quote.shown]
    nets = [one.is_net for one in quote.shown]
    values = {"owner": quote.owner_id, "products": products, "prices": prices, "nets": nets}
    [[total, taxes]] = fetch(TAXES, values)
    ownership.save_fields(quote, {"currency": by.shop_currency, "total": total, "taxes": taxes})


@atomic
def accept(*, by: User, pk: int, **fields: Any) -> tuple[Reservation, bool]:
    """Make the order of a quote, once, at its prices. Return it, and whether the quote had expired.

    `fields` may have `wanted_on` and `expires_in`. Raise DoesNotExist, QuoteClosed, CurrencyChanged, or an error of
    reserve().
    """
    quote = lock_open_quote(by, pk)
    if quote.currency != by.shop_currency:
        raise CurrencyChanged(currency=by.shop_currency)
    order = reserve(
        by=by, lines=list_lines(quote), agreed=quote.goods, **{"expires_in": None, **fields}, **list_fields(quote)
    )  # fmt: skip
    was_expired = quote.find_state(by.shop_today()) == QuoteState.EXPIRED
    close(quote, EventType.QUOTE_ACCEPTED, order, order=order.pk, was_expired=was_expired)
    return order, was_expired


@atomic
def decline(*, by: User, pk: int) -> Quote:
    """Close a quote, and return it. Raise DoesNotExist or QuoteClosed."""
    return close(lock_open_quote(by, pk), EventType.QUOTE_DECLINED)


@atomic
def copy(*, by: User, pk: int, **fields: Any) -> Quote:
    """Write a quote of the same goods at the prices of today, except those that were typed. Return it.

    `fields` may have another `discount`. Raise DoesNotExist, an error of create(), or ListPriceOnly if the copy has the
    discount of the quote and the user sells at list prices.
    """
    [quote] = attach_lines([Quote.objects.filter(owner_id=by.account_id).detailed().get(pk=pk)], QUOTED)
    fields = {**list_fields(quote), **fields}
    if quote.discount and fields["discount"] == read_discount(quote) and must_sell_at_list_price(by):
        raise AgreedForLess
    return create(by=by, lines=list_lines(quote, anew=True), **fields)


def list_fields(quote: Quote) -> dict[str, Any]:
    """Return what an order and a copy have of the quote."""
    names = ("customer", "reference", "note", "metadata")
    return {"discount": read_discount(quote), **{name: getattr(quote, name) for name in names}}


def lock_open_quote(by: User, pk: int) -> Quote:
    """Lock a quote, and return it with its lines. Raise DoesNotExist or QuoteClosed."""
    quote: Quote = Quote.objects.filter(owner_id=by.account_id).detailed().get_locked(pk)
    if quote.closed_at is not None:
        raise QuoteClosed(quote=pk, state=quote.find_state(by.shop_today()), order=quote.order_id)
    attach_lines([quote], QUOTED)
    return quote


def close(quote: Quote, event_type: str, made: Reservation | None = None, **numbers: int) -> Quote:
    now = read_clock()
    ownership.save_fields(quote, {"order": made, "closed_at": now, "updated_at": now})
    record_quote(quote, event_type, **numbers)
    return quote


def list_lines(quote: Quote, *, anew: bool = False) -> list[BookingLine]:
    """Return the lines of a quote as a request has them. With `anew`, they have only the prices that were typed."""
    lines, first = list[BookingLine](), {goods.places[0]: goods for goods in quote.goods}
    for place, shown in enumerate(quote.shown):
        one = first.get(place, shown)
        if one is not shown or one.total is None:
            line = BookingLine(by_id(shown.product_id), MovementType.OUT, one.quantity)
            line = line if one is shown else as_asked(one).line
            is_typed = not (anew and one.price_from)
            price = {"unit_price": one.unit_price, "is_net": one.is_net} if is_typed else {}
            lines.append(replace(line, **price))
    return lines


def read_clock() -> datetime:
    """Return the present time of the database. Callers have acquired their locks."""
    now: datetime = fetch("SELECT clock_timestamp()")[0][0]
    return now


def record_quote(quote: Quote, event_type: str, **numbers: int) -> None:
    record(owner_id=quote.owner_id, event_type=event_type, data={"quote": quote.pk, **numbers})


class CurrencyOfQuotes(CurrencyHook):
    def is_fixed(self, owner_id: int, *, lock: bool) -> bool:
        """Return whether the shop has a quote, or the ledger fixes its currency. With `lock`, none comes then."""
        return CurrencyOfLedger().is_fixed(owner_id, lock=lock) or Quote.objects.filter(owner_id=owner_id).exists()
