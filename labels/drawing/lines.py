"""Draw the labels of a request: find its products and lots, and lay out each label."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.pages.columns import Display
from core.text import fold_case
from labels.drawing.contents import make_lot_label, make_product_label
from labels.drawing.layout import Drawing, lay_out
from labels.errors import NothingDrawn
from products.models import Product
from stock.booking.drafts import ProductReference
from stock.booking.line_errors import LineErrors
from stock.booking.locking import select_any
from stock.errors import LotNotFound, ProductArchived, ProductNotFound
from stock.models import Lot
from users.models import User

MAX_LABELS = 500  # the limit of one request
# Returns the products of an account that the lines of a request refer to. stock.booking.sql has the conditions.
FIND_PRODUCTS = """
SELECT id, owner_id, name, sku, barcode, external_id, price, archived_at FROM products_product
WHERE owner_id = %(owner)s::bigint AND ({condition})
"""


@dataclass(frozen=True)
class LabelLine:
    """A product or a lot of it, and how many labels of it to print."""

    product: ProductReference
    lot: str | None
    copies: int


def get_product(products: dict[Any, Product], reference: ProductReference) -> Product:
    """Return the live product. Raise ProductNotFound or ProductArchived."""
    product = products.get(reference.key)
    if product is None:
        raise ProductNotFound(field=reference.field)
    if product.archived_at is not None:
        raise ProductArchived(product=product.pk)
    return product


def get_lot(lots: dict[tuple[int, str], Lot], product: Product, code: str) -> Lot:
    """Return the lot of the product. Raise LotNotFound."""
    lot = lots.get((product.pk, fold_case(code)))
    if lot is None:
        raise LotNotFound(lot=code)
    return lot


def find_referenced_products(by: User, references: Collection[ProductReference]) -> dict[Any, Product]:
    """Return the products of the user's account by the keys of the references that find them."""
    condition, parameters = select_any(references)
    rows = Product.objects.raw(FIND_PRODUCTS.format(condition=condition), {"owner": by.account_id, **parameters})
    found: dict[Any, Product] = {}
    for product in rows:
        found["product", product.pk] = product
        if product.archived_at is None:
            codes = {field: getattr(product, field) for field in ("sku", "barcode", "external_id")}
            found |= {(field, fold_case(code)): product for field, code in codes.items() if code}
    return found


def find_lots(by: User, products: Collection[Product], codes: set[str]) -> dict[tuple[int, str], Lot]:
    """Return the lots of these products with one of these codes, by the id of the product and the code."""
    if not codes:
        return {}
    ids = {product.pk for product in products}
    lots = Lot.objects.for_user(by).filter(product_id__in=ids, code__lower__in=set(map(fold_case, codes)))
    return {(lot.product_id, fold_case(lot.code)): lot for lot in lots}


def draw_labels(*, by: User, lines: list[LabelLine], code: str, size: str) -> list[tuple[Drawing, int]]:
    """Return the drawing of each line with the number of its copies. Raise NothingDrawn with the refused lines."""
    products = find_referenced_products(by, {line.product for line in lines})
    lots = find_lots(by, products.values(), {line.lot for line in lines if line.lot})
    drawings, errors = [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = get_product(products, line.product)
            lot = get_lot(lots, product, line.lot) if line.lot else None
            drawings.append((draw_label(by=by, product=product, lot=lot, code=code, size=size), line.copies))
    errors.raise_if_any(NothingDrawn)
    return drawings


def draw_label(*, by: User, product: Product, lot: Lot | None, code: str, size: str) -> Drawing:
    """Return the drawing of a label. Raise NothingToEncode, CodeNeedsQR or LabelTooSmall."""
    if lot is None:
        return lay_out(make_product_label(product, Display.of(by), code), size)
    return lay_out(make_lot_label(lot, product, code, by.shop_today()), size)
