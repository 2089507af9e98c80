"""What customers have ordered and bought, and what is open."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext

from core.database.replicas import read
from core.pages.columns import Row
from core.pages.finding import Asked, select
from core.sentences import Goods, fill
from core.texts.folding import NAME_KEY, match_words
from core.translation import gettext_noop as _
from stock.models.sql import IS_UNDONE
from trade.reservations.hooks import ORIGINS
from trade.reservations.lines import RESERVED, attach_lines
from trade.reservations.models import CONDITIONS, Ordered, Reservation, ReservationLine, ReservationState
from trade.selling.prices import has_net_prices
from users.models import User

MAX_GOODS = 100
AGREED = {  # what forms say of a price that was agreed before the shop has changed whether prices are with VAT
    True: _("Agreed without VAT. Another price is with VAT."),
    False: _("Agreed with VAT. Another price is without VAT."),
}
SHOWN = ("expires_at", "reference", "made_by_username", "created_at")  # of a reservation on the page of a product
COLUMNS = ("product", "product_name", "decimals", "unit", "ordered", "reserved", "sold", "returned")
# Returns the first products by name. What was sold in several parts is ordered once: a reservation that another one
# continues has ordered what was sold of it, and the other one the rest. Of a product without stock, more may have been
# sold than was ordered, and each sale and return also has a movement in the other direction, which does not count.
CUSTOMER_GOODS = f"""
WITH reservation AS (
    SELECT id, operation_id, operation_id IS NOT NULL AND {IS_UNDONE.format(operation="operation_id")} AS is_undone,
        EXISTS (
            SELECT FROM reservations_reservation AS next
            WHERE next.owner_id = %(owner)s::bigint AND next.continues_id = reservation.id
        ) AS is_continued
    FROM reservations_reservation AS reservation
    WHERE owner_id = %(owner)s::bigint AND customer_id = %(customer)s::bigint
    UNION ALL
    SELECT NULL, operation_id, {IS_UNDONE.format(operation="operation_id")}, false FROM customers_buyer
    WHERE owner_id = %(owner)s::bigint AND customer_id = %(customer)s::bigint
), goods AS (
    SELECT line.product_id, CASE WHEN reservation.is_continued THEN 0 ELSE line.quantity END AS ordered,
        CASE WHEN line.reserved_until > statement_timestamp() THEN line.quantity ELSE 0 END AS reserved,
        0 AS sold, 0 AS returned
    FROM reservation
    JOIN reservations_reservationline AS line
        ON line.owner_id = %(owner)s::bigint AND line.reservation_id = reservation.id
    UNION ALL
    SELECT moved.product_id, CASE WHEN reservation.is_continued THEN least(moved.quantity, (
            SELECT coalesce(sum(line.quantity), 0) FROM reservations_reservationline AS line
            WHERE line.owner_id = %(owner)s::bigint AND line.reservation_id = reservation.id
                AND line.product_id = moved.product_id
        )) ELSE 0 END, 0,
        CASE WHEN reservation.is_undone THEN 0 ELSE moved.quantity END, 0
    FROM reservation
    CROSS JOIN LATERAL (
        SELECT product_id, sum(quantity) AS quantity FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = reservation.operation_id AND movement_type = 'OUT'
        GROUP BY product_id
    ) AS moved
    UNION ALL
    SELECT movement.product_id, 0, 0, 0, movement.quantity
    FROM reservation
    JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = reservation.operation_id
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = link.operation_id
        AND movement.movement_type = 'IN'
    WHERE NOT {IS_UNDONE.format(operation="link.operation_id")}
)
SELECT product.id, product.name, product.decimals, product.unit, sum(ordered)::bigint, sum(reserved)::bigint,
    sum(sold)::bigint, sum(returned)::bigint
FROM goods
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = goods.product_id
GROUP BY product.id, product.name, product.decimals, product.unit
ORDER BY {NAME_KEY % {"expressions": "product.name"}}, product.id
LIMIT {MAX_GOODS}
"""  # noqa: S608, constants


def differs_in_tax(user: User, is_net: bool | None) -> bool:
    """Return whether a kept price is with VAT and prices of the shop are not, or the other way round."""
    shop = user.shop_owner
    return shop is not None and shop.has_taxes and is_net not in (None, has_net_prices(user))


def say_tax(user: User, is_net: bool | None) -> str:
    """Return whether a kept price is with VAT, if prices of the shop are not so. Else the text is empty."""
    if not differs_in_tax(user, is_net):
        return ""
    return gettext("Without VAT") if is_net else gettext("With VAT")


def read_customer_goods(owner_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Return the products that the customer has reserved or bought, each with its quantities: at most MAX_GOODS."""
    rows = read(CUSTOMER_GOODS, {"owner": owner_id, "customer": customer_id})
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def list_reserved(owner_id: int, product_id: int) -> Any:
    """Return the open lines of reservations of the product, the first to end first."""
    lines: Any = ReservationLine.objects.filter(owner_id=owner_id, product_id=product_id, reserved_until__gt=Now())
    return lines.select_related("reservation__customer", "product").order_by("reserved_until", "id")


def describe_reserved(owner_id: int, product_id: int, limit: int) -> list[Row]:
    """Return the first open lines of the product for its page."""
    return [
        {"quantity": line.quantity, "reservation_id": line.reservation_id}
        | {name: getattr(line.reservation, name) for name in SHOWN}
        for line in list_reserved(owner_id, product_id)[:limit]
    ]


def name_of_product(product: Any) -> list[str]:
    """Return the names of the open reservations of the product."""
    return [
        name_reservation(line.reservation, f"{Goods(line.quantity, line.product.decimals, line.product.unit):,}")
        for line in list_reserved(product.owner_id, product.pk)
    ]


def name_of_customer(customer: Any) -> list[str]:
    is_open = CONDITIONS[ReservationState.OPEN]
    rows = Reservation.objects.filter(is_open, owner_id=customer.owner_id, customer_id=customer.pk).order_by("id")
    return [name_reservation(row) for row in rows.select_related("customer")]


def name_reservation(row: Reservation, *details: str) -> str:
    wanted = fill("wanted on {day}", day=row.wanted_on) if row.wanted_on else ""
    number = fill("Reservation {number}", number=row.number)
    return ", ".join(filter(None, [number, row.customer_name, row.reference, wanted, *details]))


def find_reservations(asked: Asked) -> QuerySet:
    return find_ordered(asked, Reservation)


def find_ordered(asked: Asked, model: type[Ordered]) -> QuerySet:
    """Return the orders or quotes with this number, and the newest with these words."""
    number, words = Q(number=asked.number), match_words(asked.words, ["reference", "customer__name"])
    rows = asked.owned(model).filter(number | asked.is_newest(model, words))
    return select(rows, F("number"), Coalesce("customer__name", "reference"), F("created_at"), number)


def attach_reservation_lines(reservations: Sequence[Any]) -> list[Any]:
    """Set `shown`, `goods` and `quote` of the reservations, which belong to one account. Return the reservations."""
    ids = [one.pk for one in reservations]
    hooks = ORIGINS if ids else ()
    quotes = {pk: quote for hook in hooks for pk, quote in hook.find_quotes(reservations[0].owner_id, ids).items()}
    for reservation in reservations:
        reservation.quote = quotes.get(reservation.pk)
    return attach_lines(reservations, RESERVED)
