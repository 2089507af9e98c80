"""The service that changes several products. stock/goods/services.py has the rules for a single product."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError

from core.database.constraints import find_constraint, find_field
from core.database.transactions import atomic
from products.codes.services import NewCode, confirm_codes
from products.models import Product, find_low
from products.querysets import ProductQuerySet
from records.events.models import Event
from records.events.services import record_changed_levels
from records.history.models import recorded
from stock.booking import services
from stock.booking.drafts import LockedProduct, LockedProducts, OperationDraft, ProductReference
from stock.booking.line_errors import LineErrors
from stock.booking.locking import lock_products
from stock.errors import ChangedTwice, MalformedLine, NothingChanged, ProductNotFound
from stock.goods.services import lock_links, save_changes, select_products
from stock.models import OperationReason
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
