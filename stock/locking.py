"""How products are named and locked: the first half of the ledger's law."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from products.models import Product
from stock.errors import ProductNotFound


@dataclass(frozen=True)
class Named:
    """A product as a caller names it: by id, or by its sku or barcode ignoring case."""

    field: str
    value: int | str

    @property
    def key(self) -> tuple[str, int | str]:
        return self.field, folded(self.value) if isinstance(self.value, str) else self.value


def folded(code: str) -> str:
    """In lower case as the database does it: letter by letter, one for one.

    To Python a sigma at the end is another one, and the capital dotted I becomes two characters.
    """
    return "".join(letter.lower()[0] for letter in code)


def by_id(product_id: int) -> Named:
    return Named("product", product_id)


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

    def names(self) -> Iterable[tuple[str, int | str]]:
        """Under which names the product is found; an archived one has let go of its codes."""
        yield "product", self.product_id
        if self.archived_at is None:
            yield "sku", folded(self.sku)
            yield "barcode", folded(self.barcode)


class Locked:
    """The account's products that were named, locked in the order of their ids until the transaction ends.

    Always in that order, so that two bookings never wait for each other. NO KEY: rows that merely refer to
    a product, being inserted elsewhere, need not wait.
    """

    def __init__(self, owner_id: int, names: Collection[Named]) -> None:
        self.balances = lock_products(owner_id, names)
        self.by_key = {key: balance for balance in self.balances for key in balance.names()}

    def live(self, name: Named) -> Balance:
        """The product of this name. Raises ProductNotFound, for an archived one as well."""
        balance = self.by_key.get(name.key)
        if balance is None or balance.archived_at is not None:
            raise ProductNotFound(field=name.field)
        return balance


def lock_products(owner_id: int, names: Collection[Named]) -> list[Balance]:
    """The rows behind Locked, in the order of their ids."""
    return lock_rows(owner_id, named(names))


def lock_rows(owner_id: int, condition: Q) -> list[Balance]:
    """The account's products of which this is true, locked in the order of their ids."""
    rows = Product.objects.filter(condition, owner_id=owner_id).order_by("id")
    return balances_of(rows.select_for_update(no_key=True))


def balances_of(rows: QuerySet) -> list[Balance]:
    return [
        Balance(*row)
        for row in rows.values_list("id", "name", "sku", "barcode", "quantity", "stock_sequence", "archived_at")
    ]


def named(names: Collection[Named]) -> Q:
    """The condition that finds the products of these names."""
    condition = Q(id__in=sorted({name.value for name in names if name.field == "product"}))
    for field in ("sku", "barcode"):
        codes = sorted({str(name.value) for name in names if name.field == field})
        if codes:
            # The words of the unique index, so that it serves: live products with a code.
            live = Q(archived_at=None) & ~Q(**{field: ""})
            condition |= live & Q(**{f"{field}__lower__in": [Lower(Value(code)) for code in codes]})
    return condition
