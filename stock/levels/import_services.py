"""Import levels from a file: those that its rows name are set or removed, all or nothing."""

from collections.abc import Container
from typing import Any

from django.db import transaction

from core.database.transactions import AccountLock, atomic, lock_account
from core.errors import DomainError
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.errors import Refused
from products.filing.states import CREATED, UNCHANGED, UPDATED, TableFile, answer_import
from stock.booking.drafts import LockedProduct, LockedProducts, ProductReference
from stock.booking.locks import CODE_FIELDS, lock_products
from stock.levels.errors import ProductTwice
from stock.levels.services import Amounts, LevelKey, LevelLine, check_number, count_level, write_levels
from stock.models import Location
from users.models import User

NO_CODE = ProductReference("sku", "")
NO_PLACE = _("You have no place with this name. Create it first, or correct the cell.")
ONE_EMPTY = _("Enter both amounts, or leave both cells empty.")


@atomic
def import_levels(*, by: User, file: TableFile, dry_run: bool) -> dict[str, Any]:
    """Set the levels of a file, and return the response. With `dry_run`, nothing is kept.

    The catalogue is locked, then the products and the places in ascending id. Raise InvalidRows or TooManyLevels.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    errors = file.errors.copy()
    named = {row.line: find_reference(row.values) for row in file.rows}
    locked = lock_products(owner_id, [*named.values()])
    live = Location.objects.filter(owner_id=owner_id).live().order_by("id").select_for_update(no_key=True)
    places = {fold_case(one.name): one for one in live}
    wanted: dict[LevelKey, Amounts | None] = {}
    rows: list[dict[str, Any]] = []
    for row in file.rows:
        if len(row.values) < len(file.columns):  # it has its error already
            continue
        with errors.of(row.line, row.texts, "fill_to"):
            place = places.get(fold_case(row.values["location"]))
            if place is None:
                raise Refused("location", NO_PLACE)
            product = find_product(locked, named[row.line], place.pk, wanted)
            low_at, fill_to = row.values["low_at"], row.values["fill_to"]
            if (low_at is None) != (fill_to is None):
                raise Refused("fill_to" if fill_to is None else "low_at", ONE_EMPTY)
            wanted[place.pk, product.product_id] = count_level(product, LevelLine(named[row.line], low_at, fill_to))
            at = {"location": place.pk, "location_name": place.name, "product": product.product_id}
            rows.append({"line": row.line, **at, "name": product.name})
    errors.raise_if_any()
    changed = write_levels(owner_id, wanted)
    check_number(owner_id)
    transaction.set_rollback(dry_run)
    for one in rows:
        was_there = changed.get((one["location"], one["product"]))
        one["change"] = UNCHANGED if was_there is None else UPDATED if was_there else CREATED
    return answer_import("levels", rows, dry_run=dry_run)


def find_product(
    locked: LockedProducts, reference: ProductReference, place: int, known: Container[LevelKey]
) -> LockedProduct:
    """Return the product, unless an earlier row has set its level at the place. Raise Refused."""
    try:
        product = locked.get_live(reference)
        if (place, product.product_id) in known:
            raise ProductTwice(product=product.product_id)
    except DomainError as error:
        raise Refused(reference.field, str(error)) from None
    return product


def find_reference(values: dict[str, Any]) -> ProductReference:
    """Return what names the product: without any code, an empty SKU, which finds none."""
    return next((ProductReference(name, values[name]) for name in CODE_FIELDS if values.get(name)), NO_CODE)
