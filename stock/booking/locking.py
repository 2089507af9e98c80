"""Lock the products that a request refers to, and read them under the lock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.database.postgres.base import fetch
from core.text import fold_case
from stock.booking import sql
from stock.booking.picking import Holdings, Place
from stock.errors import ProductArchived, ProductNotFound


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A reference to a product: its id, or its sku or barcode ignoring case."""

    field: str  # "product" for the id, "sku" or "barcode"
    value: int | str

    @property
    def key(self) -> tuple[str, int | str]:
        return self.field, fold_case(self.value) if isinstance(self.value, str) else self.value


def by_id(product_id: int) -> ProductReference:
    return ProductReference("product", product_id)


@dataclass(slots=True)
class Balance:
    """A locked product's name, codes and stock.

    Each drafted movement advances quantity, sequence and value in memory.

    `holdings` is empty until holdings.py reads the holdings. `reserved` is 0 until reserved.py reads it.
    """

    product_id: int
    name: str
    sku: str
    barcode: str
    quantity: int
    sequence: int
    archived_at: datetime | None
    min_threshold: int
    held: int
    may_be_reserved: bool  # False if the product can't have an open reservation
    price: Decimal
    cost_price: Decimal | None
    stock_value: Decimal
    holdings: Holdings = field(default_factory=dict)
    reserved: int = 0
    first_quantity: int = field(init=False)  # the quantity before the drafted movements
    first_sequence: int = field(init=False)

    def __post_init__(self) -> None:
        self.first_quantity, self.first_sequence = self.quantity, self.sequence

    @property
    def not_held(self) -> int:
        """Return the part of the quantity that is in no holding."""
        return self.quantity - self.held

    @property
    def available(self) -> int:
        """Return the quantity that is not reserved. It is negative after a loss of reserved stock."""
        return self.quantity - self.reserved

    def count_at(self, place: Place) -> int:
        """Return the quantity of the product at this place."""
        return sum(held.quantity for held in self.holdings.values() if place.contains(held.place))

    def keys(self, fields: Collection[str]) -> Iterable[tuple[str, int | str]]:
        """Yield the keys of the references by these fields that find the product.

        An archived product is not found by its codes, because another product may have them by now.
        """
        if "product" in fields:
            yield "product", self.product_id
        if "sku" in fields and self.archived_at is None:
            yield "sku", fold_case(self.sku)
        if "barcode" in fields and self.archived_at is None:
            yield "barcode", fold_case(self.barcode)


@dataclass(frozen=True, slots=True)
class LockedProducts:
    """Products of one account that lock_products() has locked: in ascending id, and by the keys of references."""

    balances: list[Balance]
    by_key: dict[tuple[str, int | str], Balance]

    def get_live(self, reference: ProductReference) -> Balance:
        """Return the balance of the referenced product. Raise ProductNotFound or ProductArchived."""
        balance = self.by_key.get(reference.key)
        if balance is None:
            raise ProductNotFound(field=reference.field)
        if balance.archived_at is not None:
            raise ProductArchived(product=balance.product_id)
        return balance


def lock_products(owner_id: int, references: Collection[ProductReference]) -> LockedProducts:
    """Lock the account's products that are referenced until the transaction ends, and return them.

    A reference that finds no product is ignored. Bookings never deadlock with each other, because all lock in ascending
    id. docs/decisions/0016-the-order-of-locks.md has the order of all locks.
    """
    balances = lock_rows(owner_id, references)
    fields = {reference.field for reference in references}
    return LockedProducts(balances, {key: balance for balance in balances for key in balance.keys(fields)})


def lock_rows(owner_id: int, references: Collection[ProductReference]) -> list[Balance]:
    """Lock the referenced rows in ascending id, and return their balances in that order."""
    condition, parameters = select_one(*references) if len(references) == 1 else select_any(references)
    return [Balance(*row) for row in fetch(sql.LOCK.format(condition=condition), {"owner": owner_id, **parameters})]


def select_one(reference: ProductReference) -> tuple[str, dict[str, Any]]:
    """Return the condition that selects the referenced product, and its parameters."""
    return sql.LOCK_CONDITIONS_OF_ONE[reference.field], {reference.field: reference.value}


def select_any(references: Collection[ProductReference]) -> tuple[str, dict[str, Any]]:
    """Return the condition that selects all referenced products, and its parameters."""
    values = {
        field: sorted({reference.value for reference in references if reference.field == field})
        for field in sql.LOCK_CONDITIONS
    }
    condition = " OR ".join(sql.LOCK_CONDITIONS[field] for field, given in values.items() if given) or "false"
    return condition, {**values, "product": sql.array(values["product"])}
