"""Undo an import: put its quantities back, and archive what it has created and nothing else uses."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

from django.db import connection

from core.archiving import archive_rows, mark_archived
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account, set_time_limit
from products.attributes.models import Profile
from products.codes.models import Code
from products.models import Category, Product
from products.offers.models import Offer
from products.own_fields.models import CustomField
from products.pictures.models import Picture
from products.taxes.models import Tax
from products.variants.models import Group
from records.history.models import RecordedModel, recorded
from stock.booking.services import REVERSAL_TIMEOUT_SECONDS, reverse_operation
from stock.errors import NothingCreated, NothingToUndo
from stock.goods.services import archive_products
from stock.models import Import, Location, Lot, Movement, Operation, Portion
from suppliers.models import Supplier
from users.models import User

LOCK = """
SELECT id FROM {table} WHERE owner_id = %(owner)s::bigint AND id = ANY(%(ids)s::bigint[])
ORDER BY id FOR NO KEY UPDATE
"""
# Returns the live rows with these ids to which no other row links. `{uses}` has a condition for each link.
FIND_UNUSED = """
SELECT row.id FROM {table} AS row
WHERE row.owner_id = %(owner)s::bigint AND row.id = ANY(%(ids)s::bigint[]) AND row.archived_at IS NULL{uses}
ORDER BY row.id
"""
NO_USE = """
    AND NOT EXISTS (
        SELECT FROM {model.db_table} AS used
        WHERE used.owner_id = %(owner)s::bigint AND used.{field.column} = row.id{besides}
    )"""
# Conditions that exclude links which are no use of a row: those of the import itself, of its reversal, and of products
# that were just archived.
BESIDES = {
    Movement: " AND used.operation_id <> ALL(%(operations)s::bigint[])",
    Portion: """ AND used.movement_id NOT IN (
            SELECT id FROM stock_movement
            WHERE owner_id = %(owner)s::bigint AND operation_id = ANY(%(operations)s::bigint[])
        )""",
    Profile: " AND (used.is_live OR used.product_id <> ALL(%(products)s::bigint[]))",
    Product: " AND (used.archived_at IS NULL OR used.id <> ALL(%(products)s::bigint[]))",
}
# The kinds of rows that are archived, in this order, each with its model and the function that archives them.
KINDS: dict[str, tuple[Any, Callable[[int, list[int]], None]]] = {
    "products": (Product, archive_products),
    "locations": (Location, partial(mark_archived, Location)),
    "categories": (Category, partial(archive_rows, Category)),
    "suppliers": (Supplier, partial(archive_rows, Supplier)),
    "groups": (Group, partial(mark_archived, Group)),
    "fields": (CustomField, partial(mark_archived, CustomField)),
    "rates": (Tax, partial(archive_rows, Tax)),
}
ONLY_IN_SOME = ("groups", "fields", "rates")  # most imports create none, so their lists are not in the answer
# Values of own fields are no links. Those of archived products stay, whether their field is archived or not.
NO_VALUE = """
    AND NOT EXISTS (
        SELECT FROM products_profile AS used
        WHERE used.owner_id = %(owner)s::bigint AND used.is_live AND used.fields ? row.key
    )"""
PARTS = (Code, Lot, Offer, Picture, Profile)  # these rows are parts of their product


def undo_operation(
    *, by: User, operation: Operation, archive_created: bool = False, **remarks: str
) -> tuple[Operation, dict[str, list[int]]]:
    """Reverse the operation. With `archive_created`, also archive what this import has created and nothing else uses.

    Return the reversal, and the ids of the archived rows by kind. Raise NothingCreated, or an error of
    reverse_operation().
    """
    if not archive_created:
        return reverse_operation(by=by, operation=operation, **remarks), {}
    row = Import.objects.filter(owner_id=operation.owner_id, operation_id=operation.pk).first()
    if row is None:
        raise NothingCreated(operation=operation.pk)
    return undo_import(by=by, row=row, **remarks)


@atomic
def undo_import(*, by: User, row: Import, **remarks: str) -> tuple[Any, dict[str, list[int]]]:
    """Reverse the import, unless it is reversed already, and archive what it has created and nothing else uses.

    Return the reversal, and the ids of the archived rows by kind. The reversal of an import that has moved nothing is
    None. Raise NothingToUndo if it has created nothing either, or an error of reverse_operation().
    """
    owner_id, operation, created = row.owner_id, row.operation, cast("dict[str, list[int]]", row.created)
    if operation is None and not any(created.values()):
        raise NothingToUndo()
    set_time_limit(REVERSAL_TIMEOUT_SECONDS)
    lock_account(owner_id, AccountLock.CATALOGUE)  # no product or order is linked to a supplier or category meanwhile
    if operation is None:
        lock(Product, owner_id, created["products"])
        return None, archive(owner_id, created, [])
    moved = Movement.objects.filter(owner_id=owner_id, operation_id=operation.pk).values_list("product_id", flat=True)
    lock(Product, owner_id, [*{*created["products"], *moved}])
    reversal = Operation.objects.filter(owner_id=owner_id, reverses_id=operation.pk).select_related("performer").first()
    reversal = reversal or reverse_operation(by=by, operation=operation, **remarks)
    return reversal, archive(owner_id, created, [operation.pk, reversal.pk])


def archive(owner_id: int, created: dict[str, list[int]], operations: list[int]) -> dict[str, list[int]]:
    """Archive the unused rows. Return their ids. The products are locked, and nobody can change the catalogue."""
    archived = {}
    for kind, (model, archive_them) in KINDS.items():
        if kind in ONLY_IN_SOME and kind not in created:
            continue
        ids = created.get(kind, [])
        lock(model, owner_id, ids)
        values = {"owner": owner_id, "products": created["products"], "operations": operations, "ids": ids}
        archived[kind] = find_unused(model, values)
        is_recorded = issubclass(model, RecordedModel)
        with recorded(model, owner_id, archived[kind], is_locked=True) if is_recorded else nullcontext():
            archive_them(owner_id, archived[kind])
    return archived


def lock(model: Any, owner_id: int, ids: list[int]) -> None:
    """Lock these rows in the order of docs/decisions/0016-the-order-of-locks.md."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(table=model._meta.db_table), {"owner": owner_id, "ids": ids})


def find_unused(model: Any, values: dict[str, Any]) -> list[int]:
    """Return the rows that nothing else uses, in any app: the links are those of the models."""
    fields = model._meta.get_fields(include_hidden=True)
    uses = "".join(
        NO_USE.format(model=link.related_model._meta, field=link.field, besides=BESIDES.get(link.related_model, ""))
        for link in fields
        if link.auto_created and link.is_relation and (model is not Product or link.related_model not in PARTS)
    )
    if model is CustomField:
        uses += NO_VALUE
    return [pk for (pk,) in fetch(FIND_UNUSED.format(table=model._meta.db_table, uses=uses), values)]
