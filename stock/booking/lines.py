"""How the lines of a request name products, and their errors, collected so that a refusal names all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

from core.errors import DomainError
from core.texts.barcodes import GTIN
from core.texts.gs1 import find_gtin
from stock.errors import CodeAmbiguous, InvalidLines, ProductNotFound

Key = tuple[str, int | str]  # "product" and an id, or a field and a code as list_keys() returns it


class SharedGTIN(list[Any]):
    """The products whose barcodes are one GTIN in several forms. New ones are refused, but older ones may exist."""


def index_gtins(products: Iterable[Any]) -> dict[Key, Any]:
    """Return the live products under the GTINs of their barcodes: a product, or a SharedGTIN."""
    found: dict[Key, Any] = {}
    for product in products:
        if product.archived_at is None and (gtin := find_gtin(product.barcode)):
            key = (GTIN, gtin)
            found[key] = SharedGTIN([*as_list(found[key]), product]) if key in found else product
    return found


def as_list(found: Any) -> list[Any]:
    return found if isinstance(found, SharedGTIN) else [found]


def get_named(by_key: Mapping[Key, Any], keys: Sequence[Key]) -> Any:
    """Return the product of the first key that finds one. Raise ProductNotFound, or CodeAmbiguous for a SharedGTIN."""
    found = next((by_key[key] for key in keys if key in by_key), None)
    if found is None:
        raise ProductNotFound(field=keys[0][0])
    if not isinstance(found, SharedGTIN):
        return found
    names = ("name", "sku", "barcode")
    candidates = [
        {"product": row.pk, **{name: getattr(row, name) for name in names}, "matched": GTIN, "quantity": 1}
        for row in found
    ]
    raise CodeAmbiguous(candidates=candidates, gs1=None)


AnyLine = TypeVar("AnyLine")


class LineErrors:
    """Errors by the index of their line in the request.

    A service that has refused some lines books the others with these errors. So each line keeps its index.
    """

    def __init__(self) -> None:
        self.by_index: dict[int, DomainError] = {}

    def each(self, lines: Iterable[AnyLine]) -> Iterator[tuple[int, AnyLine]]:
        """Yield the lines that are not refused, each with its index in the request."""
        refused = set(self.by_index)
        return zip((index for index in count() if index not in refused), lines, strict=False)

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Collect a DomainError that the block raises as the error of this line."""
        try:
            yield
        except DomainError as error:
            self.by_index[index] = error

    def raise_if_any(self, refusal: type[InvalidLines] = InvalidLines) -> None:
        """Raise InvalidLines with all errors, if there are any."""
        if self.by_index:
            raise refusal(self.by_index)
