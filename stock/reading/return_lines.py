"""What can still come back of one sale, or go back of one delivery, movement by movement."""

from typing import Any

from core.fields import are_costs_shown
from stock.booking.drafts import NOTHING
from stock.booking.returned import read_sold
from stock.booking.reversing import read_movements
from stock.booking.sold import Sold
from stock.models import RETURNED_TYPES, Operation, OperationReason
from stock.return_errors import SaleReversed
from users.models import User


def read_returnable(operation: Operation, by: User) -> Sold:
    """Return what a sale or a delivery has sold, with what was returned of it. An undone one has sold nothing."""
    try:
        return read_sold(operation, read_movements(operation.owner_id, [operation.pk]), by)
    except SaleReversed:
        return Sold({}, {})


def list_return_lines(operation: Any, by: User) -> list[dict[str, Any]] | None:
    """Return the movements of which something is left, or None if the operation is neither a sale nor a delivery.

    The operation has its movements and its kits.
    """
    if operation.reason not in RETURNED_TYPES:
        return None
    sold = read_returnable(operation, by).movements if operation.returned else {}
    entries = {part.pk: (kit.kit_id, entry) for entry, kit in enumerate(operation.kits or ()) for part in kit.parts}
    is_sale, lines = operation.reason == OperationReason.SALE, []
    for movement in operation.shown:
        if not movement.returnable:
            continue
        one, (kit, entry) = sold.get(movement.pk), entries.get(movement.pk, (None, None))
        if is_sale:
            left: Any = max(one.rest[1], NOTHING) if one else movement.sold_for
        elif are_costs_shown():
            left = max(one.rest[0], NOTHING) if one else movement.value
        else:
            left = None
        lines.append({
            "movement": movement.pk, "product": movement.product_id, "product_name": movement.product_name, "kit": kit,
            "entry": entry, "quantity": movement.returnable, "unit_price": movement.unit_price, "total_left": left,
        })  # fmt: skip
    return lines
