"""What others read of sales: the kits that were sold, and what can still come back."""

from typing import Any

from core.fields import are_costs_shown
from stock.booking.drafts import NOTHING
from stock.booking.locks import read_movements
from stock.models import RETURNED_TYPES, Operation, OperationReason
from trade.kits.models import SoldKit
from trade.selling.errors import SaleReversed
from trade.selling.sold import Sold, read_sold
from users.models import User


def attach_kits(operations: list[Operation], *, has_kits: bool) -> list[Operation]:
    """Set `kits` of these operations of one account, and `kit` of their movements. Return the operations.

    They have their movements, with how much of each came back. No statement is executed if none of them is a sale, or
    if the shop has never had a kit.
    """
    by_id = {one.pk: one for one in operations if one.reason == OperationReason.SALE and not one.kits}
    if not (has_kits and by_id):
        return operations
    sold: dict[int, list[SoldKit]] = {pk: [] for pk in by_id}
    rows = SoldKit.objects.filter(owner_id=operations[0].owner_id, operation_id__in=by_id)
    for row in rows.order_by("id"):
        moved = by_id[row.operation_id].shown
        row.parts = [moved[place] for place in row.movements if place < len(moved)]
        row.returned = min(((part.returned or 0) * row.quantity // part.quantity for part in row.parts), default=0)
        for part in row.parts:
            part.kit = row
        sold[row.operation_id].append(row)
    for pk, kits in sold.items():
        by_id[pk].kits = kits
    return operations


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
    sold = read_returnable(operation, by).movements if operation.returned or operation.scrapped else {}
    entries = {part.pk: (kit.kit_id, entry) for entry, kit in enumerate(operation.kits or ()) for part in kit.parts}
    is_sale, lines = operation.reason == OperationReason.SALE, []
    for movement in operation.shown:
        if not movement.returnable:
            continue
        one, (kit, entry) = sold.get(movement.pk), entries.get(movement.pk, (None, None))
        whole = one.rest if one else (movement.value, movement.sold_for)
        left = max(whole[is_sale], NOTHING) if is_sale or are_costs_shown() else None
        lines.append({
            "movement": movement.pk, "product": movement.product_id, "product_name": movement.product_name, "kit": kit,
            "entry": entry, "quantity": movement.returnable, "unit_price": movement.unit_price, "total_left": left,
        })  # fmt: skip
    return lines
