"""The kits that responses show with sales."""

from stock.models import Operation, OperationReason
from trade.kits.models import SoldKit


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
