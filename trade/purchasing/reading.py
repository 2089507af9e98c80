"""What other apps show of orders: what is on order, what is open, and what a search finds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F, Q, QuerySet

from core.database.postgres.base import array, fetch
from core.errors import DomainError
from core.pages.columns import Row
from core.pages.finding import Asked, select
from core.sentences import Goods, fill
from core.texts.folding import match_words
from core.translation import gettext_noop as _
from stock.errors import InsufficientStock
from trade.purchasing.lines import compute_outstanding, list_outstanding_orders, read_offers, read_received
from trade.purchasing.models import Order, OrderLine, OrderState
from trade.purchasing.models.sql import ARRIVED_OF_LINE, IS_SENT, OUTSTANDING
from trade.reservations.errors import NothingReserved

# Returns the outstanding quantities of these products, by the day for which they are expected.
EXPECTED = f"""
SELECT line.product_id, purchase.expected_on, sum({OUTSTANDING})::bigint AS quantity
FROM purchasing_orderline AS line
JOIN purchasing_order AS purchase
    ON purchase.owner_id = %(owner)s::bigint AND purchase.id = line.order_id AND {IS_SENT}
LEFT JOIN LATERAL (
    WITH RECURSIVE {ARRIVED_OF_LINE.format(owner="%(owner)s::bigint")} SELECT quantity FROM received
) AS received ON true
WHERE line.owner_id = %(owner)s::bigint AND line.product_id = ANY(%(products)s::bigint[])
GROUP BY line.product_id, purchase.expected_on
HAVING sum({OUTSTANDING}) > 0
ORDER BY line.product_id, purchase.expected_on NULLS LAST
"""  # noqa: S608, constants


def add_expected(owner_id: int, errors: Collection[DomainError]) -> None:
    """Add `expected` to the errors of products of which too little is available: quantities, each with its day.

    Without such errors, no statement is executed.
    """
    short = {error.numbers["product"]: error for error in errors if isinstance(error, InsufficientStock)}
    if not short:
        return
    expected: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for product, day, quantity in fetch(EXPECTED, {"owner": owner_id, "products": array(short)}):
        expected[product].append({"quantity": quantity, "on": day})
    for product, error in short.items():
        error.numbers["expected"] = expected[product]


@contextmanager
def telling_expected(owner_id: int) -> Iterator[None]:
    """Add to a refusal of lines what is expected of sent purchase orders."""
    try:
        yield
    except NothingReserved as refused:
        add_expected(owner_id, refused.errors.values())
        raise


def read_asked_costs(owner_id: int, products: Iterable[int], supplier_id: int) -> dict[int, str | None]:
    """Return the cost of one of each product, which a line of an order to this supplier has by default."""
    offers = read_offers(owner_id, [(product, supplier_id) for product in products])
    return {pk: None if terms.cost_price is None else str(terms.cost_price) for (pk, _), terms in offers.items()}


def list_sent_lines(owner_id: int, product_id: int) -> list[Any]:
    """Return the product's lines of sent orders with an `outstanding` quantity, the first expected first.

    Sent orders that have arrived completely are read as well, so call this for products that are on order only.
    """
    lines = list_lines(owner_id, product_id, OrderState.SENT)
    received = read_received(owner_id, [line.order_id for line in lines])
    for line in lines:
        line.outstanding = compute_outstanding(line.order, line, received)
    return [line for line in lines if line.outstanding]


def list_lines(owner_id: int, product_id: int, state: OrderState) -> list[Any]:
    rows = OrderLine.objects.filter(owner_id=owner_id, product_id=product_id, order__state=state)
    return list(rows.select_related("order", "product").order_by("order__expected_on", "order_id"))


def describe_sent(owner_id: int, product_id: int, limit: int) -> list[Row]:
    """Return the first sent orders with an outstanding line of the product, by the day they are expected."""
    return [
        {
            "order": line.order_id,
            "supplier_name": line.order.supplier_name,
            "outstanding": line.outstanding,
            "expected_on": line.order.expected_on,
        }
        for line in list_sent_lines(owner_id, product_id)[:limit]
    ]


def name_sent(product: Any) -> list[str]:
    """Return the names of the sent orders of the product, which has its `on_order` as in a response."""
    lines = list_sent_lines(product.owner_id, product.pk) if product.on_order else []
    return [name_order(line.order, write_goods(line, line.outstanding)) for line in lines]


def name_drafts(product: Any) -> list[str]:
    lines = list_lines(product.owner_id, product.pk, OrderState.DRAFT)
    return [name_order(line.order, write_goods(line, line.quantity)) for line in lines]


def name_of_supplier(supplier: Any) -> list[str]:
    is_open = Q(state=OrderState.DRAFT) | Q(pk__in=list_outstanding_orders(supplier.owner_id))
    orders = Order.objects.filter(is_open, owner_id=supplier.owner_id, supplier_id=supplier.pk)
    return [name_order(order) for order in orders.order_by("-id")]


def name_order(order: Order, *details: str) -> str:
    text = _("Draft of order {number}") if order.state == OrderState.DRAFT else _("Order {number}")
    return ", ".join(filter(None, [fill(text, number=order.pk), order.supplier_name, *details]))


def write_goods(line: OrderLine, quantity: int) -> str:
    return f"{Goods(quantity, line.product.decimals, line.product.unit):,}"


def find_orders(asked: Asked) -> QuerySet:
    """Return the orders with this number, and the newest with these words."""
    number, words = Q(pk=asked.number), match_words(asked.words, ["reference", "supplier_name"])
    rows = asked.owned(Order).filter(number | asked.is_newest(Order, words))
    return select(rows, F("pk"), F("supplier_name"), F("created_at"), number)
