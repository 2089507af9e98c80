"""How the support desk finds an operation, in whatever account."""

import json

from django.db import connection
from django.db.models import QuerySet

from core.routers import parse_id
from idempotency.models import IdempotencyKey
from stock import sql
from stock.models import Movement, Operation, Reason


def find_operations(text: str, limit: int) -> QuerySet:
    """The operation of this number, those with this reference, and those booked under this idempotency key."""
    booked = [find_operation_id(key) for key in find_keys(text, limit)]
    ids = [pk for pk in (parse_id(text), *booked, *fetch_ids(sql.BY_REFERENCE, text, limit)) if pk is not None]
    return Operation.objects.filter(pk__in=ids).select_related("owner").order_by("-id")


def find_keys(text: str, limit: int) -> QuerySet:
    """The idempotency keys of this text."""
    return IdempotencyKey.objects.filter(pk__in=fetch_ids(sql.BY_KEY, text, limit)).order_by("-id")


def fetch_ids(statement: str, text: str, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"text": text, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def find_operation_id(key: IdempotencyKey) -> int | None:
    """The operation that the request under the key booked, by the answer that it got; None if it booked nothing."""
    answer = json.loads(bytes(key.body) or b"{}")
    if "movements" in answer:
        return answer["id"]  # type: ignore[no-any-return]
    if "operation" in answer:
        return answer["operation"]  # type: ignore[no-any-return]
    if "quantity" not in answer:
        return None
    first = Movement.objects.filter(owner_id=key.owner_id, product_id=answer["id"], sequence=1)  # of a new product
    return first.filter(operation__reason=Reason.OPENING).values_list("operation_id", flat=True).first()
