"""The kits that responses show with sales."""

from stock.models import Operation, OperationReason
from trade.kits.models import SoldKit


def attach_kits(operations: list[Operation], *, has_kits: bool) -> list[Operation]:
    """Set `kits` of these operations of one account, which have their movements and returns, and return them.

    No statement is executed if none of them is a sale, or if the shop has never had a kit.
    """
    by_id = {one.pk: one for one in operations if one.reason == OperationReason.SALE and not one.kits}
    if not (has_kits and by_id):
        return operations
    sold: dict[int, list[SoldKit]] = {pk: [] for pk in by_id}
    rows = SoldKit.objects.filter(owner_id=operations[0].owner_id, operation_id__in=by_id)
    for row in rows.order_by("id"):
        row.returned = count_returned_kits(row, by_id[row.operation_id])
        sold[row.operation_id].append(row)
    for pk, kits in sold.items():
        by_id[pk].kits = kits
    return operations


def count_returned_kits(row: SoldKit, sale: Operation) -> int:
    """Return how many whole kits came back. The sale has its movements, with how much of each was returned."""
    parts = [sale.shown[place] for place in row.movements if place < len(sale.shown)]
    return min(((part.returned or 0) * row.quantity // part.quantity for part in parts), default=0)
