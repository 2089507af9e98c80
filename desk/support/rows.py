"""Movements and operations at the support desk: how they are found, and how their values are shown."""

import json
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.html import format_html

from core.database.postgres.base import fetch
from core.kinds import parse_id
from core.sentences import Goods
from products.models import Product
from records.idempotency.models import IdempotencyKey
from stock.booking.drafts import SUPPORT_STAFF
from stock.models import Movement, Operation, OperationReason

MAX_LATEST = 50
MAX_NOTE_SHOWN = 80

# One statement reads the operations of all movements of a page, with their users and the names at that time.
PRODUCTS = Prefetch("product", Product.objects.only("owner_id", "decimals"))
OPERATIONS = Prefetch("operation", Operation.objects.select_related("performed_by", "performer"))

# Return the newest operations with this reference, and the idempotency keys that equal this text, of all accounts. They
# read an index once per account, because it begins with the owner: one more index would slow down every booking.
BY_REFERENCE = """
SELECT operation.id FROM users_user AS owner
CROSS JOIN LATERAL (
    SELECT id FROM stock_operation
    WHERE owner_id = owner.id AND reference = %(text)s AND NOT reference = ''
    ORDER BY id DESC LIMIT %(limit)s
) AS operation
ORDER BY operation.id DESC LIMIT %(limit)s
"""
# The same on Citus, which can't send a LIMIT within LATERAL to the shards. It reads all operations with the reference.
BY_REFERENCE_ON_CITUS = """
SELECT operation.id FROM users_user AS owner JOIN stock_operation AS operation ON operation.owner_id = owner.id
WHERE operation.reference = %(text)s AND NOT operation.reference = ''
ORDER BY operation.id DESC LIMIT %(limit)s
"""
BY_KEY = """
SELECT key.id FROM users_user AS owner
CROSS JOIN LATERAL (SELECT id FROM idempotency_idempotencykey WHERE owner_id = owner.id AND key = %(text)s) AS key
ORDER BY key.id DESC LIMIT %(limit)s
"""


def find_latest_movements(owner_id: int, product_id: int | None = None) -> QuerySet:
    """Return the newest MAX_LATEST movements of a product, or of the account if no product is given."""
    rows = Movement.objects.filter(owner_id=owner_id).prefetch_related(OPERATIONS, PRODUCTS)
    if product_id is None:
        return rows.order_by("-id")[:MAX_LATEST]
    return rows.filter(product_id=product_id).order_by("-sequence")[:MAX_LATEST]


def get_performer(operation: Operation) -> str:
    """Return the user's name at that time. For "support staff", the name that shops see (ADR 11), add who it was."""
    if operation.performer.name != SUPPORT_STAFF:
        return operation.performer.name
    return f"{operation.performed_by} ({SUPPORT_STAFF})"


def format_change(movement: Movement) -> str:
    """Return the quantity with its sign, "+1,200" for instance."""
    return f"{Goods(movement.new_quantity - movement.old_quantity, movement.product.decimals):+,}"


def format_levels(movement: Movement) -> str:
    old, new = (Goods(level, movement.product.decimals) for level in (movement.old_quantity, movement.new_quantity))
    return f"{old:,} → {new:,}"


def link_to(model: str, pk: int, text: Any) -> str:
    """Return a link to the support desk's page of a row."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{model}_change", args=[pk]), text)


def shorten(text: str) -> str:
    """Return the text's first MAX_NOTE_SHOWN characters, with an ellipsis if there are more."""
    return text if len(text) <= MAX_NOTE_SHOWN else f"{text[:MAX_NOTE_SHOWN].rstrip()}…"


def find_operations(text: str, limit: int) -> QuerySet:
    """Return the operations whose id, reference or idempotency key is `text`, newest first."""
    booked_with_key = [find_operation_id(key) for key in find_keys(text, limit)]
    with_reference = fetch_ids(BY_REFERENCE_ON_CITUS if settings.DB_CITUS else BY_REFERENCE, text, limit)
    ids = [pk for pk in (parse_id(text), *booked_with_key, *with_reference) if pk is not None]
    return Operation.objects.filter(pk__in=ids).select_related("owner").order_by("-id")


def find_keys(text: str, limit: int) -> QuerySet:
    """Return the idempotency keys that equal `text`, of all accounts, newest first."""
    return IdempotencyKey.objects.filter(pk__in=fetch_ids(BY_KEY, text, limit)).order_by("-id")


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
    product = Movement.objects.filter(owner_id=key.owner_id, product_id=response["id"])
    opening = product.filter(sequence=1, operation__reason=OperationReason.OPENING)
    return opening.values_list("operation_id", flat=True).first()
