"""What a product holds, for responses and pages, and the stock that expires."""

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from products.models import Product
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
