"""Find or lock the products that lines name, and read under the lock their places and what is reserved of them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.database.constraints import array_of_ids
from core.database.postgres.base import array, fetch
from core.database.replicas import read
from core.texts.cleaning import fold_case
from products.models import Product
from stock.booking import sql
from stock.booking.drafts import (
    BookingLine,
    Key,
    LockedProduct,
    LockedProducts,
    OperationDraft,
    ProductReference,
    by_id,
    get_named,
    index_gtins,
)
from stock.booking.holdings import Place, PortionDraft
from stock.booking.places import NOWHERE, NamedPlace, Places, find_or_create_places
from stock.booking.sql import MOVEMENTS_TO_REVERSE
from stock.errors import ProductArchived
from stock.hooks import RESERVED
from stock.models import MovementType, OperationReason

CODE_FIELDS = ("sku", "barcode", "external_id")  # the surest first


def lock_products(
    owner_id: int, references: Collection[ProductReference], at: datetime | None = None
) -> LockedProducts:
    """Lock the account's products that are referenced until the transaction ends, and return them.

    They are found by the references and by their ids. A code names the product that had it `at` this time, even if
    another one has it now. If none had it then, it names the present one. A reference that finds no product is ignored.
    Bookings never deadlock with each other, because all lock in ascending id.
    docs/decisions/0016-the-order-of-locks.md has the order of all locks.
    """
    references = [*references]
    then = find_holders_then(owner_id, references, [at] * len(references)) if at else {}
    products = lock_rows(owner_id, [*references, *map(by_id, then.values())])
    fields = {reference.field for reference in references}
    by_key: dict[Key, Any] = {key: product for product in products for key in product.keys(fields | {"product"})}
    if "barcode" in fields:
        by_key |= index_gtins(products)
    by_key |= {references[n].keys[0]: one for n, pk in then.items() for one in products if one.product_id == pk}
    locked = LockedProducts(products, by_key)
    if not then and fields.isdisjoint({"barcode", "sku"}):
        return locked
    # A code can be read in several ways, so products that it does not name in the end may be locked, too.
    found = {product.product_id for reference in references if (product := locked.find(reference))}
    return LockedProducts([product for product in products if product.product_id in found], locked.by_key)


def find_holders_then(
    owner_id: int,
    references: Iterable[ProductReference | None],
    times: Iterable[datetime | None],
    kind: str = "product",
    table: str = "products_product",
) -> dict[int, int]:
    """Return the ids of the goods that had these codes at these times and have lost them, by place in the references.

    The past does not change, so no lock is needed. Without a code that has a time, execute no statement.
    """
    asked = [
        (place, *key, at)
        for place, (reference, at) in enumerate(zip(references, times, strict=True))
        if at and reference and reference.field in CODE_FIELDS
        for key in reference.keys
    ]
    if not asked:
        return {}
    values = dict(zip(("places", "fields", "codes", "times"), map(list, zip(*asked, strict=True)), strict=True))
    statement = sql.write_holders_then(kind, table)
    return {place: pk for _, place, pk in fetch(statement, {"owner": owner_id, **values})}


def name_products_then(owner_id: int, lines: Sequence[Any]) -> list[Any]:
    """Return the counted lines. A code that another product had at the time of its line is replaced by the id of it."""
    then = find_holders_then(owner_id, [line.product for line in lines], [line.counted_at for line in lines])
    return [replace(line, product=by_id(then[n])) if n in then else line for n, line in enumerate(lines)]


def lock_rows(owner_id: int, references: Collection[ProductReference]) -> list[LockedProduct]:
    """Lock the referenced products in ascending order of id, and return them in this order."""
    sought = [key for reference in references for key in reference.sought]
    if len(sought) == 1:
        [(field, value)] = sought
        condition, parameters = sql.LOCK_CONDITIONS_OF_ONE[field], {field: value}
    else:
        condition, parameters = select_any(references)
    return [
        LockedProduct(*row) for row in fetch(sql.LOCK.format(condition=condition), {"owner": owner_id, **parameters})
    ]


def select_any(references: Collection[ProductReference]) -> tuple[str, dict[str, Any]]:
    """Return the condition that selects all referenced products, and its parameters."""
    sought = {key for reference in references for key in reference.sought}
    values = {field: sorted(value for name, value in sought if name == field) for field in sql.LOCK_CONDITIONS}
    condition = " OR ".join(sql.LOCK_CONDITIONS[field] for field, given in values.items() if given) or "false"
    ids = array_of_ids("product", len(values["product"]))
    return condition.replace("{ids}", ids), {**values, "product": array(values["product"])}


def read_stock(draft: OperationDraft, locked: LockedProducts, lines: list[BookingLine]) -> Places:
    """Read the holdings of the locked products and what is reserved of them, and return the places that lines name."""
    named = list_named_places(locked, lines, lambda line: line.movement_type == MovementType.IN)
    is_placed = named or any(product.held for product in locked.products)
    places = find_or_create_places(draft, locked.products, named) if is_placed else NOWHERE
    if draft.respects_reservations and any(line.movement_type == MovementType.OUT for line in lines):
        read_reserved(draft.owner_id, locked.products)
    if draft.reason == OperationReason.RETURN:
        read_last_left(draft.owner_id, locked.products)
    return places


def read_last_left(owner_id: int, products: Iterable[LockedProduct]) -> None:
    """Set `last_left` of the products of which nothing is in stock: what comes back costs what the last ones did."""
    gone = {product.product_id: product for product in products if not product.quantity}
    if gone:
        values = {"owner": owner_id, "products": list(gone), "sequences": [one.sequence for one in gone.values()]}
        for product_id, quantity, value in fetch(sql.MOVED_LAST, values):
            gone[product_id].last_left = (quantity, value)


def read_reserved(owner_id: int, products: Iterable[LockedProduct]) -> None:
    """Set `reserved` of the locked products. No statement is executed if none of them can be reserved.

    The result stays valid until the transaction ends: reservations are made and closed under the same locks, and an
    expiry only reduces the reserved quantity.
    """
    candidates = {product.product_id: product for product in products if product.may_be_reserved}
    if not candidates:
        return
    for product_id, reserved in RESERVED[0].read_reserved(owner_id, list(candidates)):
        candidates[product_id].reserved = reserved


def list_named_places(
    locked: LockedProducts, lines: Iterable[Any], is_filled: Callable[[Any], bool]
) -> list[NamedPlace]:
    """Return the places that the lines name, of products that were found."""
    return [
        NamedPlace(product.product_id, line.place, is_filled(line))
        for line in lines
        if line.place and (product := locked.find(line.product))
    ]


# Returns the products of an account that references name. stock.booking.sql has the conditions.
FIND = """
SELECT id, owner_id, name, sku, barcode, external_id, price, decimals, keeps_stock, archived_at
FROM products_product
WHERE owner_id = %(owner)s::bigint AND ({condition})
"""


class ReferencedProducts:
    """The products of an account that references name. It executes one statement, or none without references.

    Nothing is locked by default. With `keeps_decimals`, a change of their decimals waits until the transaction ends.
    """

    def __init__(
        self, owner_id: int, references: Collection[ProductReference], *, keeps_decimals: bool = False
    ) -> None:
        self.by_key: dict[Key, Any] = {}
        self.products: list[Product] = []
        if references:
            condition, parameters = select_any(references)
            statement = FIND.format(condition=condition) + ("ORDER BY id FOR KEY SHARE" if keeps_decimals else "")
            self.products += Product.objects.raw(statement, {"owner": owner_id, **parameters})
        for product in self.products:
            self.add(product)
        self.by_key |= index_gtins(self.products)

    def add(self, product: Product) -> None:
        """Add the product under its id and, if it is live, under its codes."""
        self.by_key["product", product.pk] = product
        if product.archived_at is None:
            codes = {field: getattr(product, field) for field in CODE_FIELDS}
            self.by_key |= {(field, fold_case(code)): product for field, code in codes.items() if code}

    def get_live(self, reference: ProductReference) -> Product:
        """Return the referenced product. Raise ProductNotFound, CodeAmbiguous or ProductArchived."""
        product: Product = get_named(self.by_key, reference.keys)
        if product.archived_at is not None:
            raise ProductArchived(product=product.pk)
        return product


@dataclass(slots=True)
class BookedMovement:
    """A movement to reverse or to return, and the portions of its quantity. One that is not written has no id."""

    product_id: int
    movement_type: str
    quantity: int
    value: Decimal
    portions: list[PortionDraft] = field(default_factory=list)
    pk: int = 0


def read_movements(owner_id: int, operations: list[int]) -> list[BookedMovement]:
    """Return the movements of an account's operations, the last one first."""
    movements: dict[int, BookedMovement] = {}
    rows = read(MOVEMENTS_TO_REVERSE, {"owner": owner_id, "operations": operations})
    for pk, product_id, movement_type, quantity, value, part, *place in rows:
        movement = movements.setdefault(pk, BookedMovement(product_id, movement_type, quantity, value, pk=pk))
        if part is not None:
            movement.portions.append(PortionDraft(Place(*place), part))
    return list(movements.values())
