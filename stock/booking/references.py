"""Find the products that lines refer to, for what changes no stock."""

from collections.abc import Collection
from typing import Any

from core.text import fold_case
from products.models import Product
from stock.booking.drafts import ProductReference
from stock.booking.locking import select_any
from stock.booking.naming import Key, get_named, index_gtins
from stock.errors import ProductArchived

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
            codes = {field: getattr(product, field) for field in ("sku", "barcode", "external_id")}
            self.by_key |= {(field, fold_case(code)): product for field, code in codes.items() if code}

    def get_live(self, reference: ProductReference) -> Product:
        """Return the referenced product. Raise ProductNotFound, CodeAmbiguous or ProductArchived."""
        product: Product = get_named(self.by_key, reference.keys)
        if product.archived_at is not None:
            raise ProductArchived(product=product.pk)
        return product
