"""The payments that responses show with operations."""

from django.db.models import Q

from stock.models import Operation, OperationReason, Payment

# Payments belong to a sale. A return or a reversal may have brought them.
PAID_REASONS = frozenset({OperationReason.SALE, OperationReason.RETURN, OperationReason.REVERSAL})


def attach_payments(operations: list[Operation]) -> list[Operation]:
    """Set `payments` of the operations, which belong to one account, and return them.

    No statement is executed if none of them can have payments, or the service that booked them has set these.
    """
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
