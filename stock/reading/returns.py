"""What responses show of sales, deliveries and returns: how much was returned, how much still can be, and by which."""

from collections import defaultdict
from collections.abc import Mapping

from core.database.replicas import read
from stock.booking.sql_returns import SHOWN_RETURNS
from stock.models import RETURNED_TYPES, Operation, OperationReason


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
    returned: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for sale, operation, scrapped, is_undone, quantities in read(SHOWN_RETURNS, values):
        if operation is None:
            undone |= {sale} if is_undone else set()
            continue
        returned_by[sale].append(operation)
        if operation in by_id:
            by_id[operation].returns, by_id[operation].scrapped = sale, scrapped
        for product, quantity in ({} if is_undone else quantities).items():
            returned[sale][int(product)] += quantity
    for one in by_id.values():
        if one.reason in RETURNED_TYPES:
            one.returned_by = returned_by[one.pk]
            count_returned(one, returned[one.pk], is_undone=one.pk in undone)
    return operations


def count_returned(sale: Operation, quantities: Mapping[int, int], *, is_undone: bool = False) -> None:
    """Set how much was returned of the sale or delivery and of its lines, by its products, and how much still can be.

    What counts is the product in the operation. The lines that were booked last are returned first.
    """
    left = dict(quantities)
    sale.returned = sale.returnable = 0
    for movement in reversed(sale.shown):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            movement.returned = min(left.get(movement.product_id, 0), movement.quantity)
            movement.returnable = 0 if is_undone else movement.quantity - movement.returned
            if movement.returned:
                left[movement.product_id] -= movement.returned
            sale.returned += movement.returned
            sale.returnable += movement.returnable
