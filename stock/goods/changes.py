"""Change several products, or create or change them by external ids. stock/goods/services.py writes a single one."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field

from core.database.constraints import find_constraint, find_field
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from products.attributes.services import take_profile
from products.codes.services import NewCode, confirm_codes, differ
from products.errors import Archived
from products.filing.states import CREATE, REFUSE, RESTORE
from products.models import Product, find_low
from products.querysets import ProductQuerySet
from records.events.models import Event
from records.events.services import record_changed_levels
from records.history.models import recorded
from stock.booking import services
from stock.booking.drafts import (
    LockedProduct,
    LockedProducts,
    OperationDraft,
    ProductReference,
    Units,
    count_base_units,
)
from stock.booking.holdings import LineErrors
from stock.booking.locks import lock_products
from stock.errors import ChangedTwice, MalformedLine, NothingChanged, ProductNotFound
from stock.goods.services import (
    find_changed_fields,
    insert_product,
    lock_links,
    restore_product,
    save_changes,
    select_products,
)
from stock.models import OperationReason
from users.access.roles import Right, may
from users.models import User

REFUSED_FIELDS = frozenset({"sku", "barcode", "external_id", "codes", "decimals"})


class ProductChange(NamedTuple):
    """A line of a request. The values are arguments of change_product()."""

    product: ProductReference
    values: dict[str, Any]


@atomic
def change_products(*, by: User, lines: list[ProductChange], products: ProductQuerySet | None = None) -> list[Product]:
    """Change all products or none, book the quantities as one operation, and return the products in their order.

    A line executes one statement, and a few more if its values may be taken. `products` is as in select_products().
    Raise NothingChanged with the errors of all refused lines, or ValueTooHigh.
    """
    owner_id: Any = by.account_id
    given = lock_links(owner_id, *(line.values for line in lines))
    locked = lock_products(owner_id, [line.product for line in lines])
    ids = [product.product_id for product in locked.products]
    rows = {row.pk: row for row in select_products(by, None).filter(pk__in=ids)}
    errors, quantities, new_codes = LineErrors(), dict[int, int](), list[NewCode]()
    draft = OperationDraft(by=by, reason=OperationReason.CORRECTION)
    with recorded(Product, owner_id, ids, is_locked=True) as changes:
        for index, (line, fields) in enumerate(zip(lines, given, strict=True)):
            with errors.of(index):
                product = find_product(locked, line.product, quantities)
                quantity = product.count_units(fields.pop("quantity", product.quantity))
                quantities[product.product_id] = quantity
                known = fields.pop("expected_quantity", None), fields.pop("stock_sequence", None)
                services.check_correction(product, quantity, *known)
                draft.were_low.update(find_low(rows[product.product_id], fields))
                new_codes += save_line(by, rows[product.product_id], fields)
        errors.raise_if_any(NothingChanged)
    Event.objects.record_changed(owner_id, changes)
    # This reads the products again: their cost prices, which are those of added stock, may have changed above.
    services.set_quantities(draft=draft, quantities=quantities)
    record_changed_levels(owner_id, draft.were_low)
    confirm_codes(owner_id, new_codes)
    shown = {row.pk: row for row in select_products(by, products).filter(pk__in=ids)}
    return [shown[product_id] for product_id in quantities]


def find_product(locked: LockedProducts, reference: ProductReference, earlier: Collection[int]) -> LockedProduct:
    """Return the product of a line. Raise ProductNotFound, ProductArchived, or ChangedTwice if it is in `earlier`."""
    try:
        product = locked.get_live(reference)
    except ProductNotFound:
        raise ProductNotFound(field="id" if reference.field == "product" else reference.field) from None
    if product.product_id in earlier:
        raise ChangedTwice(product=product.product_id)
    return product


def save_line(by: User, product: Product, fields: dict[str, Any]) -> list[NewCode]:
    """Save the fields of a line, and return its new codes.

    Raise MalformedLine if another product has a value that must be unique, or if what the product has does not fit its
    new decimals.
    """
    with refuse_taken() if REFUSED_FIELDS & fields.keys() else nullcontext():
        return save_changes(by, product, fields, fields.pop("codes", None))


@contextmanager
def refuse_taken() -> Iterator[None]:
    """Undo the block and raise MalformedLine if it refuses a value: mostly one that another product has already."""
    try:
        with transaction.atomic():
            yield
    except ValidationError as error:
        raise MalformedLine(errors=error.detail) from None
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        message = str(constraint.get_violation_error_message())
        raise MalformedLine(errors={find_field(constraint): [message]}) from error


REQUIRED = ("name", "price")  # the fields that a new product needs
ARCHIVED_CHOICES = (REFUSE, RESTORE, CREATE)  # what to do with archived products; the default is the first choice
# Returns the archived products with these external ids, each id once, unless a live product has it.
FIND_ARCHIVED = """
SELECT DISTINCT ON (given.code) given.code, product.id
FROM unnest(%(codes)s::text[]) AS given (code)
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.archived_at IS NOT NULL
    AND lower(product.external_id) = lower(given.code)
WHERE lower(given.code) NOT IN (
    SELECT lower(external_id) FROM products_product
    WHERE owner_id = %(owner)s AND archived_at IS NULL AND external_id IS NOT NULL
        AND lower(external_id) = ANY(ARRAY(SELECT lower(unnest(%(codes)s::text[]))))
)
ORDER BY given.code, product.archived_at DESC, product.id DESC
"""


class Upserted(NamedTuple):
    """The product of a line, and whether the line has created it."""

    id: int
    created: bool


@atomic
def upsert_products(*, by: User, lines: list[ProductChange], archived: str = REFUSE) -> list[Upserted]:
    """Change the products that the lines name, and create those that do not exist. Return a result for each line.

    `archived` is one of ARCHIVED_CHOICES. By default, a line with the external id of an archived product is refused.

    Upserts and imports of an account run one after the other, so that an upsert that is sent twice creates nothing
    twice. A line without a new value executes no statement, one with plain values executes one, and one that creates a
    product four; a few more are executed for further codes and profiles. Raise NothingChanged with the errors of all
    refused lines.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.IMPORTS)
    given = lock_links(owner_id, *(line.values for line in lines))
    errors, are_new, openings, new_codes = LineErrors(), dict[int, bool](), dict[int, int](), list[NewCode]()
    if archived == RESTORE:
        restore_named(by, lines, errors)
    locked = lock_products(owner_id, [line.product for line in lines])
    missing = [line.product.value for line in lines if locked.find(line.product) is None]
    known = find_archived(owner_id, missing) if missing and archived == REFUSE else {}
    ids = [product.product_id for product in locked.products]
    rows = {row.pk: row for row in select_products(by, None).filter(pk__in=ids)}
    draft = OperationDraft(by=by, reason=OperationReason.OPENING)
    with recorded(Product, owner_id, ids, is_locked=True) as changes:
        for index, (line, fields) in enumerate(zip(lines, given, strict=True)):
            if index in errors.by_index:  # the product of the line can't be restored
                continue
            with errors.of(index):
                if pk := known.get(line.product.value):
                    raise Archived(product=pk)
                quantity = fields.pop("quantity", None)
                if is_new := locked.find(line.product) is None:
                    product, codes = create_line(owner_id, {**fields, "external_id": line.product.value})
                    openings[product.pk] = count_base_units(quantity or 0, product.pk, product.decimals)
                else:
                    present = find_product(locked, line.product, are_new)
                    check_quantity(present, quantity)
                    product = rows[present.product_id]
                    draft.were_low.update(find_low(product, fields))
                    codes = save_line(by, product, select_changed(by, product, fields))
                new_codes += codes
                are_new[product.pk] = is_new
        errors.raise_if_any(NothingChanged)
    changes.changed -= openings.keys()
    Event.objects.record_changed(owner_id, changes)
    Event.objects.record_created(owner_id, changes, openings)
    services.set_quantities(draft=draft, quantities=openings)
    record_changed_levels(owner_id, draft.were_low)
    confirm_codes(owner_id, new_codes)
    return [Upserted(*result) for result in are_new.items()]


def find_archived(owner_id: int | None, external_ids: list[Any]) -> dict[Any, int]:
    """Return the ids of the archived products with these external ids that no live product has."""
    return dict(fetch(FIND_ARCHIVED, {"owner": owner_id, "codes": external_ids}))


def restore_named(by: User, lines: list[ProductChange], errors: LineErrors) -> None:
    """Restore the archived products that the lines name. All products of the lines are locked first, in one order."""
    owner_id: Any = by.account_id
    known = find_archived(owner_id, [line.product.value for line in lines])
    if known:
        restored = [ProductReference("product", pk) for pk in known.values()]
        lock_products(owner_id, [*(line.product for line in lines), *restored])
    for index, line in enumerate(lines):
        if pk := known.pop(line.product.value, None):
            with errors.of(index):
                restore_product(by=by, product_id=pk)


def create_line(owner_id: int, fields: dict[str, Any]) -> tuple[Product, list[NewCode]]:
    """Insert the product of a line, and return it with its codes.

    Raise MalformedLine if a field is missing or its value is taken.
    """
    if missing := [name for name in REQUIRED if name not in fields]:
        raise MalformedLine(errors={name: [str(Field.default_error_messages["required"])] for name in missing})
    with refuse_taken():
        return insert_product(owner_id, fields, fields.pop("codes", None))


def check_quantity(product: LockedProduct, quantity: Units | None) -> None:
    """Raise MalformedLine if a line has another quantity than its product, which is not new."""
    if quantity is not None and product.count_units(quantity) != product.quantity:
        said = _("This product exists. Leave the quantity out, and book or count its stock.")
        raise MalformedLine(errors={"quantity": [said]})


def select_changed(by: User, product: Product, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a line without the columns and further codes that the product has already."""
    described = take_profile(fields)
    codes = fields.pop("codes", None)
    changed = find_changed_fields(product, fields, may(by, Right.SEE_COSTS))
    new_codes = {"codes": codes} if codes is not None and differ(product, codes) else {}
    return {name: fields[name] for name in changed} | described | new_codes
