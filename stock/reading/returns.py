"""What responses show of sales, deliveries and returns: how much was returned, how much still can be, and by which."""

from collections import defaultdict
from collections.abc import Mapping

from core.database.replicas import read
from stock.booking.sql_returns import SHOWN_RETURNS
from stock.models import RETURNED_TYPES, Operation, OperationReason

Back = tuple[dict[int, int], dict[int, int]]  # what came back by movement, and by product without a movement


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
    returned: dict[int, Back] = defaultdict(lambda: (defaultdict(int), defaultdict(int)))
    for sale, operation, scrapped, is_undone, quantities in read(SHOWN_RETURNS, values):
        if operation is None:
            undone |= {sale} if is_undone else set()
            continue
        returned_by[sale].append(operation)
        if operation in by_id:
            by_id[operation].returns, by_id[operation].scrapped = sale, scrapped
        named = [row for row in quantities if row[1] is not None]
        for product, source, quantity in [] if is_undone else named or quantities:
            returned[sale][0 if source else 1][source or product] += quantity
    for one in by_id.values():
        if one.reason in RETURNED_TYPES:
            one.returned_by = returned_by[one.pk]
            count_returned(one, *returned[one.pk], is_undone=one.pk in undone)
    return operations


def count_returned(
    sale: Operation, named: Mapping[int, int], unnamed: Mapping[int, int], *, is_undone: bool = False
) -> None:
    """Set how much was returned of the sale or delivery and of its movements, and how much still can be.

    `named` has what was returned of movements. `unnamed` has what earlier releases have booked of products: it counts
    for the movements that were booked last.
    """
    left = dict(unnamed)
    sale.returned = sale.returnable = 0
    for movement in reversed(sale.shown):
        if movement.movement_type == RETURNED_TYPES[sale.reason]:
            of_movement = named.get(movement.pk, 0)
            part = min(left.get(movement.product_id, 0), movement.quantity - of_movement)
            movement.returned = of_movement + part
            movement.returnable = 0 if is_undone else movement.quantity - movement.returned
            if part:
                left[movement.product_id] -= part
            sale.returned += movement.returned
            sale.returnable += movement.returnable
