"""What others read of the ledger: movements, payments and returns of operations, and what a product holds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from core.database.replicas import read
from core.money.amounts import scale
from products.models import Product
from stock.models import RETURNED_TYPES, Movement, Operation, OperationReason, Payment
from stock.models.querysets import is_expired
from stock.models.sql import DELIVERIES, FIRST_MOVEMENTS, MOVEMENTS_SHOWN
from stock.models.sql_sales import SHOWN_RETURNS
from users.models import User


def select_movements(owner: int) -> QuerySet[Movement]:
    return Movement.objects.detailed().placed(owner).filter(owner_id=owner)


def select_item_changes(owner: int) -> QuerySet[Movement]:
    """Return the movements of an account that change a quantity. Those of transfers do not."""
    return Movement.objects.detailed().without_transfers(owner).filter(owner_id=owner)


def select_product_movements(owner: int, product: int) -> QuerySet[Movement]:
    return select_movements(owner).filter(product_id=product)


# The limits of one operation. They are enough for each request of lines that may come back, but not for each import.
# Goods without stock have two movements for a line.
MAX_MOVEMENTS_SHOWN, MAX_RETURNABLE_SHOWN = 1000, 2000


def limit_shown(operation: Operation) -> int:
    """Return how many movements of an operation are shown: all that a sale or a delivery can have."""
    return MAX_RETURNABLE_SHOWN if operation.reason in RETURNED_TYPES else MAX_MOVEMENTS_SHOWN


def attach_movements(operations: list[Operation], limit: int | None = None) -> list[Operation]:
    """Set `shown` and `movements_truncated` of the operations, which belong to one account, and return them.

    `limit` is the number of movements shown with each, by default that of limit_shown().
    """
    by_id = {operation.pk: operation for operation in operations}
    for operation in operations:
        operation.shown = []
    most = limit or max(map(limit_shown, operations), default=0)
    for movement in Movement.objects.raw(FIRST_MOVEMENTS, make_movement_parameters(operations, most + 1)):
        movement.portions = movement.portions or []
        movement.operation = by_id[movement.operation_id]
        movement.operation.shown.append(movement)
    for operation in operations:
        cut_movements(operation, operation.shown, limit)
    return operations


def cut_movements(operation: Operation, movements: list[Movement], limit: int | None = None) -> None:
    """Set `shown` and `movements_truncated` of an operation."""
    limit = limit or limit_shown(operation)
    operation.shown, operation.movements_truncated = movements[:limit], len(movements) > limit


def count_shown_movements(owner_id: Any, ids: list[Any], limit: int) -> dict[int, int]:
    """Return the number of movements shown with each operation of an account, at most `limit`, by its id."""
    return dict(read(MOVEMENTS_SHOWN, {"owner": owner_id, "operations": ids, "limit": limit}))


def make_movement_parameters(operations: list[Operation], limit: int) -> dict[str, Any]:
    owner_id = operations[0].owner_id if operations else None
    return {"owner": owner_id, "operations": [operation.pk for operation in operations], "limit": limit}


def describe_portions(portions: Sequence[Mapping[str, Any]] | None, decimals: int = 0) -> str:
    """Return the portions as one text, such as `Cellar / H26: 3; Shelf: 2`. The text is empty if there are none.

    `decimals` are those of the product.
    """
    places = [(" / ".join(filter(None, (one["location_name"], one["lot_code"]))), one) for one in portions or ()]
    return "; ".join(f"{place}: {scale(one['quantity'], decimals)}" for place, one in places)


Back = tuple[Counter[int], Counter[int]]  # what came back by movement, and by product without a movement


def attach_returns(operations: list[Operation]) -> list[Operation]:
    """Set what the returns of these operations tell, and return the operations. They have their movements.

    No statement is executed if none of them is a sale, a delivery or a return.
    """
    by_id = {one.pk: one for one in operations if one.reason in (*RETURNED_TYPES, OperationReason.RETURN)}
    if not by_id:
        return operations
    values = {
        "owner": operations[0].owner_id,
        "operations": list(by_id),
        "reversed": [one.pk for one in by_id.values() if one.reason in RETURNED_TYPES and one.reversed_by],
    }
    undone: set[int] = set()
    returned_by: dict[int, list[int]] = defaultdict(list)
    # What came back of each, and what was damaged.
    gone: tuple[dict[int, Back], ...] = tuple(defaultdict(lambda: (Counter(), Counter())) for _ in range(2))
    for sale, operation, scrapped, is_undone, quantities in read(SHOWN_RETURNS, values):
        if operation is None:
            undone |= {sale} if is_undone else set()
            continue
        if is_damage := operation == scrapped and sale in by_id:
            by_id[sale].scrapped = scrapped
        else:
            returned_by[sale].append(operation)
        if operation in by_id:
            by_id[operation].returns, by_id[operation].scrapped = sale, scrapped
        named = [row for row in quantities if row[1] is not None]
        for product, source, quantity in [] if is_undone else named or quantities:
            gone[is_damage][sale][0 if source else 1][source or product] += quantity
    for one in by_id.values():
        if one.reason in RETURNED_TYPES:
            one.returned_by = returned_by[one.pk]
            count_returned(one, *(of_kind[one.pk] for of_kind in gone), is_undone=one.pk in undone)
    return operations


def count_returned(sale: Operation, *gone: Back, is_undone: bool = False) -> None:
    """Set how much was returned of the sale or delivery and of its movements, and how much still can be.

    `gone` are what was returned, and what was damaged. What names no movement counts for those that were booked last.
    """
    sale.returned = sale.returnable = 0
    for movement in reversed(sale.shown):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            parts = [named[movement.pk] for named, _ in gone]
            left = movement.quantity - sum(parts)
            for place, (_, unnamed) in enumerate(gone):
                part = min(unnamed[movement.product_id], left)
                unnamed[movement.product_id] -= part
                parts[place] += part
                left -= part
            movement.returned = sum(parts[:1])
            movement.returnable = 0 if is_undone else left
            sale.returned += movement.returned
            sale.returnable += movement.returnable


def attach_deliveries(operations: list[Operation]) -> list[Operation]:
    """Set the extra costs and the suppliers of those operations that are deliveries. Return all operations.

    No statement is executed if none of them is one.
    """
    by_id = {one.pk: one for one in operations if one.reason == OperationReason.PURCHASE}
    if by_id:
        for pk, *values in read(DELIVERIES, {"owner": operations[0].owner_id, "operations": list(by_id)}):
            one = by_id[pk]
            one.extra_costs, one.supplier_id, one.supplier_name = values
    return operations


# Payments belong to a sale. A return or a reversal may have brought them.
PAID_REASONS = frozenset({OperationReason.SALE, OperationReason.RETURN, OperationReason.REVERSAL})


def attach_details(operations: list[Operation]) -> list[Operation]:
    """Set the movements of the operations, what came back of them, and their payments. Return the operations.

    Payments need no statement if none of them can have some, or if the service that booked them has set these.
    """
    attach_deliveries(attach_returns(attach_movements(operations)))
    by_id = {one.pk: one for one in operations if one.reason in PAID_REASONS and one.payments is None}
    if by_id:
        of_these = Q(operation_id__in=by_id) | Q(origin_id__in=by_id)
        paid: dict[int, list[Payment]] = {pk: [] for pk in by_id}
        for payment in Payment.objects.filter(of_these, owner_id=operations[0].owner_id).detailed().order_by("id"):
            for pk in by_id.keys() & {payment.operation_id, payment.origin_id}:
                paid[pk].append(payment)
        for pk, payments in paid.items():
            by_id[pk].payments = payments
    return operations


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
