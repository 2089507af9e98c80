"""Which product a code names: an exact match first, then the one with the same GTIN in another form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from products.codes.barcodes import GTIN
from products.codes.gs1 import find_gtin
from stock.errors import CodeAmbiguous, ProductNotFound

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
