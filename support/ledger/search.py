"""Find an operation in any account, for the support desk."""

import json

from django.conf import settings
from django.db.models import QuerySet

from core.database.postgres.base import fetch
from core.fields import parse_id
from idempotency.models import IdempotencyKey
from stock.booking import sql
from stock.models import Movement, Operation, OperationReason


def find_operations(text: str, limit: int) -> QuerySet:
    """Return the operations whose id, reference or idempotency key is `text`, newest first."""
    booked_with_key = [find_operation_id(key) for key in find_keys(text, limit)]
    with_reference = fetch_ids(sql.BY_REFERENCE_ON_CITUS if settings.DB_CITUS else sql.BY_REFERENCE, text, limit)
    ids = [pk for pk in (parse_id(text), *booked_with_key, *with_reference) if pk is not None]
    return Operation.objects.filter(pk__in=ids).select_related("owner").order_by("-id")


def find_keys(text: str, limit: int) -> QuerySet:
    """Return the idempotency keys that equal `text`, of all accounts, newest first."""
    return IdempotencyKey.objects.filter(pk__in=fetch_ids(sql.BY_KEY, text, limit)).order_by("-id")


def fetch_ids(statement: str, text: str, limit: int) -> list[int]:
    return [row[0] for row in fetch(statement, {"text": text, "limit": limit})]


def find_operation_id(key: IdempotencyKey) -> int | None:
    """Return the id of the operation that the request with this key booked, or None if it booked nothing.

    The stored response has the id. For a new product it does not: that operation is the product's opening.
    """
    response = json.loads(bytes(key.body) or b"{}")
    if "movements" in response:
        return response["id"]  # type: ignore[no-any-return]
    if "operation" in response:
        return response["operation"]  # type: ignore[no-any-return]
    if "quantity" not in response:
        return None
    first_movement = Movement.objects.filter(owner_id=key.owner_id, product_id=response["id"], sequence=1)
    return (
        first_movement.filter(operation__reason=OperationReason.OPENING).values_list("operation_id", flat=True).first()
    )
