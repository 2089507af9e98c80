"""What responses show of quotes, and what the search of each page finds."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from core.money.amounts import write_amount
from core.money.currencies import charge
from core.pages.finding import Asked
from stock.models import PriceSource
from trade.quotes.models import Quote
from trade.quotes.services import QUOTED
from trade.reservations.hooks import OriginHook
from trade.reservations.lines import attach_lines
from trade.reservations.reading import find_ordered
from trade.selling.goods import list_kinds


def attach_quotes(quotes: Sequence[Any], today: date) -> list[Any]:
    """Set `state`, `shown`, `goods` and `entries` of the quotes, which belong to one account. Return the quotes."""
    for quote in attach_lines(quotes, QUOTED):
        quote.state = quote.find_state(today)
        whole = groupby(quote.shown, key=lambda line: line.part_of or line)
        quote.entries = [show_entry(one, quote.currency) for one, _parts in whole]
    return [*quotes]


def show_entry(one: Any, currency: str) -> dict[str, Any]:
    """Return a line of a quote, or goods with parts, as responses have them."""
    product, prices = getattr(one, "product", None), (one.list_price, one.unit_price)
    decimals = product.decimals if product else 0
    total = charge(one.quantity, one.unit_price, decimals, currency) if product else one.total
    names = dict.fromkeys(("product", *(kind.name for kind in list_kinds())))
    names |= {"product": product.pk} if product else one.named
    texts = dict(zip(("list_price", "unit_price", "sum"), (f"{price:.2f}" for price in (*prices, total)), strict=True))
    return {
        **names, "name": one.name, "sku": one.sku, "unit": one.unit if product else "", "quantity": one.quantity,
        "amount": write_amount(one.quantity, decimals) if decimals else None, **texts,
        "price_from": one.price_from or PriceSource.TYPED.value, "is_net": one.is_net,
    }  # fmt: skip


class AcceptedQuotes(OriginHook):
    def find_quotes(self, owner_id: int, orders: Collection[int]) -> dict[int, int]:
        return dict(Quote.objects.filter(owner_id=owner_id, order_id__in=orders).values_list("order_id", "id"))


def find_quotes(asked: Asked) -> QuerySet:
    return find_ordered(asked, Quote)
