"""Draw the labels of a request: find its products and lots, and lay out each label."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.pages.columns import Display
from core.text import fold_case
from products.models import Product
from stock.booking.drafts import ProductReference
from stock.booking.line_errors import LineErrors
from stock.booking.references import ReferencedProducts
from stock.errors import LotNotFound
from stock.models import Lot
from trade.labels.drawing.contents import make_lot_label, make_product_label
from trade.labels.drawing.layout import Drawing, lay_out
from trade.labels.errors import NothingDrawn
from users.models import User

MAX_LABELS = 500  # the limit of one request


@dataclass(frozen=True)
class LabelLine:
    """A product or a lot of it, and how many labels of it to print."""

    product: ProductReference
    lot: str | None
    copies: int


def find_lots(by: User, products: Collection[Product], codes: set[str]) -> dict[tuple[int, str], Lot]:
    """Return the lots of these products with one of these codes, by the product's id and the code in lower case."""
    if not codes:
        return {}
    ids = {product.pk for product in products}
    lots = Lot.objects.for_user(by).filter(product_id__in=ids, code__lower__in=set(map(fold_case, codes)))
    return {(lot.product_id, fold_case(lot.code)): lot for lot in lots}


def draw_labels(*, by: Any, lines: list[LabelLine], code: str, size: str) -> list[tuple[Drawing, int]]:
    """Return the drawing of each line with the number of copies. Raise NothingDrawn with the errors of the lines."""
    products = ReferencedProducts(by.account_id, {line.product for line in lines})
    lots = find_lots(by, products.by_key.values(), {line.lot for line in lines if line.lot})
    drawings, errors = [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            product = products.get_live(line.product)
            lot = lots.get((product.pk, fold_case(line.lot))) if line.lot else None
            if line.lot and lot is None:
                raise LotNotFound(lot=line.lot)
            drawings.append((draw_label(by=by, product=product, lot=lot, code=code, size=size), line.copies))
    errors.raise_if_any(NothingDrawn)
    return drawings


def draw_label(*, by: User, product: Product, lot: Lot | None, code: str, size: str) -> Drawing:
    """Return the drawing of a label. Raise NothingToEncode, CodeNeedsQR or LabelTooSmall."""
    if lot is None:
        return lay_out(make_product_label(product, Display.of(by), code), size)
    return lay_out(make_lot_label(lot, product, code, by.shop_today()), size)
