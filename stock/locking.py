"""How products are named and locked: the first half of the ledger's law."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from stock import sql
from stock.errors import ProductArchived, ProductNotFound


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A product as a caller names it: by id, or by its sku or barcode ignoring case."""

    field: str
    value: int | str

    @property
    def key(self) -> tuple[str, int | str]:
        return self.field, fold_case(self.value) if isinstance(self.value, str) else self.value


def fold_case(code: str) -> str:
    """In lower case as the database does it: letter by letter, one for one.

    To Python a sigma at the end is another one, and the capital dotted I becomes two characters.
    """
    return "".join(letter.lower()[0] for letter in code)


def by_id(product_id: int) -> ProductReference:
    return ProductReference("product", product_id)


@dataclass(slots=True)
class Balance:
    """A locked product as the ledger sees it; quantity and sequence move on in memory until they are written."""

    product_id: int
    name: str
    sku: str
    barcode: str
    quantity: int
    sequence: int
    archived_at: datetime | None

    def names(self, kinds: Collection[str]) -> Iterable[tuple[str, int | str]]:
        """Under which names of these kinds the product is found; an archived one has let go of its codes."""
        if "product" in kinds:
            yield "product", self.product_id
        if "sku" in kinds and self.archived_at is None:
            yield "sku", fold_case(self.sku)
        if "barcode" in kinds and self.archived_at is None:
            yield "barcode", fold_case(self.barcode)


class LockedProducts:
    """The account's products that were named, locked in ascending id until the transaction ends.

    Two bookings never deadlock, because both lock in that order; docs/decisions/0016-the-order-of-locks.md has the
    order of all locks. NO KEY: a row that refers to a product can be inserted meanwhile.
    """

    def __init__(self, owner_id: int, names: Collection[ProductReference]) -> None:
        kinds = {name.field for name in names}
        self.balances = lock_products(owner_id, names)
        self.by_key = {key: balance for balance in self.balances for key in balance.names(kinds)}

    def live(self, name: ProductReference) -> Balance:
        """Return the product of this name. Raise ProductNotFound or ProductArchived."""
        balance = self.by_key.get(name.key)
        if balance is None:
            raise ProductNotFound(field=name.field)
        if balance.archived_at is not None:
            raise ProductArchived(product=balance.product_id)
        return balance


def lock_products(owner_id: int, names: Collection[ProductReference]) -> list[Balance]:
    """The account's products of these names, locked in the order of their ids."""
    values = {field: sorted({name.value for name in names if name.field == field}) for field in sql.LOCK_CONDITIONS}
    condition = " OR ".join(sql.LOCK_CONDITIONS[field] for field, given in values.items() if given) or "false"
    with connection.cursor() as cursor:
        named: dict[str, Any] = {**values, "owner": owner_id, "product": sql.array(values["product"])}
        cursor.execute(sql.LOCK.format(condition=condition), named)
        return [Balance(*row) for row in cursor]
