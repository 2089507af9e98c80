"""What a product holds, for responses and pages, and the stock that expires."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from core.database.replicas import read
from core.sentences import Goods
from products.models import Product
from products.reading import figures as sql
from stock.models.querysets import is_expired
from users.models import User

MAX_HOLDINGS_SHOWN = 1000  # the most holdings of a product in a response; /api/lots/?product= lists all its lots
UNEXPIRED, UNDATED, EXPIRED = range(3)
COLUMNS = {
    "id": "holdings__id",
    "location": "holdings__location_id",
    "location_name": "holdings__location__name",
    "lot": "holdings__lot_id",
    "lot_code": "holdings__lot__code",
    "expires_on": "holdings__lot__expires_on",
    "quantity": "holdings__quantity",
}


def select_holdings(user: User, product_id: int) -> QuerySet:
    """Return the product's quantities with each of its holdings, in the order of stock.booking.holdings.

    A product without holdings has one row, without a holding. Stock that is not held is taken before the expired lots.
    """
    lot_expires = "holdings__lot__expires_on"
    group = Case(
        When(is_expired(user.shop_today(), lot_expires), then=Value(EXPIRED)),
        When(Q(**{f"{lot_expires}__isnull": False}), then=Value(UNEXPIRED)),
        default=Value(UNDATED),
        output_field=IntegerField(),
    )
    products = Product.objects.for_user(user).filter(pk=product_id).annotate(group=group)
    ordered = products.order_by("group", lot_expires, "holdings__id")
    return ordered.values_list("quantity", "held", "group", *COLUMNS.values())


def read_holdings(user: User, product_id: int, limit: int | None = None) -> dict[str, Any]:
    """Return the quantities and holdings of a product, by one statement. Raise Product.DoesNotExist.

    `limit` is the number of holdings, by default MAX_HOLDINGS_SHOWN.
    """
    limit = MAX_HOLDINGS_SHOWN if limit is None else limit
    rows = list(select_holdings(user, product_id)[: limit + 1])
    if not rows:
        raise Product.DoesNotExist
    quantity, held = rows[0][:2]
    holdings = [
        {**dict(zip(COLUMNS, row, strict=True)), "is_expired": group == EXPIRED}
        for _, _, group, *row in rows
        if row[0] is not None
    ]
    return {
        "product": product_id,
        "quantity": quantity,
        "held": held,
        "not_held": quantity - held,
        "holdings": holdings[:limit],
        "holdings_truncated": len(holdings) > limit,
    }


DAYS_AHEAD = 14  # events, notices and marks of pages announce what expires within this time


class Expiring(NamedTuple):
    """Stock that expires: a lot, the stock of a product outside of dated lots, or the sum of both for a product.

    `lot_code` is empty unless the row is a single lot.
    """

    id: int
    name: str
    sku: str
    lot_code: str
    expires_on: date
    quantity: int
    unit: str
    decimals: int

    @property
    def shown_quantity(self) -> str:
        return f"{Goods(self.quantity, self.decimals, self.unit)}"


def read_expiring(
    owner_id: int, first: date, last: date, limit: int, *, by_product: bool = False
) -> tuple[list[Expiring], int]:
    """Return the stock that expires on these days, the earliest first, and the number of all such rows.

    With `by_product`, each product is one row, with its earliest date.
    """
    statement = sql.EXPIRING_PRODUCTS if by_product else sql.EXPIRING_LOTS
    rows = read(statement, {"owner": owner_id, "first": first, "last": last, "limit": limit})
    return [Expiring(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def read_expiring_of(owner_id: int, products: Sequence[int], first: date, last: date, limit: int) -> list[Expiring]:
    """Return the stock of these products that expires on these days, by the names of the products."""
    days = {"first": first, "last": last}
    values = {"owner": owner_id, "products": list(products), **days, "limit": limit}
    return [Expiring(*row) for row in read(sql.EXPIRING_OF_PRODUCTS, values)]
