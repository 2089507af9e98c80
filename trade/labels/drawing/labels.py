"""Draw the labels of a request: find its products and lots, and lay out each label."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.errors import DomainError
from core.pages.columns import Display
from core.texts.cleaning import fold_case
from products.models import CustomField, Product
from products.own_fields.errors import FieldUnknown
from products.reading.details import KINDS, read_profiles
from stock.booking.drafts import NOTHING, ProductReference
from stock.booking.holdings import LineErrors
from stock.booking.locks import ReferencedProducts
from stock.errors import LotNotFound
from stock.models import Lot
from trade.labels.drawing import formats
from trade.labels.drawing.contents import LabelContent, make_label, make_lot_label, make_product_label
from trade.labels.drawing.formats import Drawing, lay_out
from trade.labels.errors import NothingDrawn
from trade.selling.drafts import FoundGoods
from trade.selling.goods import find_kind, list_kinds, names_goods
from trade.selling.named_goods import read_list_prices
from users.models import User


def write_extras(
    by: User, products: Collection[int], *, options: bool, fields: Sequence[str]
) -> dict[int, tuple[str, ...]]:
    """Return the wanted lines of each product: its `options` in one line, and a line for each of the own `fields`.

    Products without any of these values are left out. The fields are named by their keys; raise FieldUnknown for a key
    that the shop does not have. Without a wanted line nothing is read, otherwise two statements are executed.
    """
    if not (options or fields):
        return {}
    known = {own.key: own for own in CustomField.objects.shown_to(by)}
    for key in fields:
        if key not in known:
            raise FieldUnknown(field=key)
    wanted, display = [known[key] for key in dict.fromkeys(fields)], Display.of(by, is_kept=True)
    profiles = read_profiles(by, products)
    return {
        product: tuple(write_options(profile) * options + write_fields(profile, wanted, display))
        for product, profile in profiles.items()
    }


def write_options(profile: dict[str, Any]) -> list[str]:
    return [" / ".join(profile["options"].values())] if profile["options"] else []


def write_fields(profile: dict[str, Any], wanted: Sequence[CustomField], display: Display) -> list[str]:
    """Return a line for each wanted field of which the product has a value."""
    values = [(own, profile["fields"].get(own.key)) for own in wanted]
    return [
        f"{own.label}: {getattr(display, KINDS.get(own.type, 'text'))(value)}"
        for own, value in values
        if value is not None
    ]


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


def draw_labels(
    *, by: Any, lines: list[LabelLine], code: str, size: str, is_zpl: bool, options: bool, fields: Sequence[str]
) -> list[tuple[Drawing, int]]:
    """Return the drawing of each line with the number of copies. With `is_zpl`, check that printers have the letters.

    Raise FieldUnknown, or NothingDrawn with the errors of the lines.
    """
    goods = {line.product for line in lines if names_goods(line.product)}
    found = find_priced(by, goods)
    products = ReferencedProducts(by.account_id, {line.product for line in lines} - goods)
    lots = find_lots(by, products.products, {line.lot for line in lines if line.lot})
    ids = {product.pk for product in products.products}
    extras = write_extras(by, ids, options=options, fields=fields)
    drawings, errors = [], LineErrors()
    for index, line in enumerate(lines):
        with errors.of(index):
            if line.product in goods:
                with name_goods(line.product):
                    one, price = found.get(line.product, (None, NOTHING))
                    find_kind(line.product.field).check_label(one)
                    content = make_label(one, (Display.of(by).money(price),), code)
                    drawings.append((finish(content, size, is_zpl), line.copies))
                continue
            product = products.get_live(line.product)
            lot = lots.get((product.pk, fold_case(line.lot))) if line.lot else None
            if line.lot and lot is None:
                raise LotNotFound(lot=line.lot)
            added = extras.get(product.pk, ())
            drawing = draw_label(by=by, product=product, lot=lot, code=code, size=size, is_zpl=is_zpl, extras=added)
            drawings.append((drawing, line.copies))
    errors.raise_if_any(NothingDrawn)
    return drawings


def draw_label(
    *, by: User, product: Product, lot: Lot | None, code: str, size: str, is_zpl: bool, extras: tuple[str, ...]
) -> Drawing:
    """Return the drawing of a label with these optional lines.

    Raise NothingToEncode, CodeNeedsQR, LabelTooSmall, or LettersMissing for a printer.
    """
    if lot is None:
        content = make_product_label(product, Display.of(by), code)
    else:
        content = make_lot_label(lot, product, code, by.shop_today())
    return finish(replace(content, extras=extras), size, is_zpl)


def finish(content: LabelContent, size: str, is_zpl: bool) -> Drawing:
    """Return the drawing. Raise LabelTooSmall, or LettersMissing for a printer."""
    drawing = lay_out(content, size)
    if is_zpl:
        formats.check_letters(drawing, content.product_id)
    return drawing


def find_priced(by: User, references: set[ProductReference]) -> dict[ProductReference, tuple[FoundGoods, Decimal]]:
    """Return the goods with parts that these ids name, archived ones too, each with the price of one."""
    owner_id: Any = by.account_id
    kinds = [kind for kind in list_kinds() if any(kind.name == one.field for one in references)]
    found = {key: goods for kind in kinds for key, goods in kind.find(owner_id, references).items()}
    named = {one: goods for one in references if (goods := found.get((one.field, one.value)))}
    prices = read_list_prices(owner_id, named.values())
    return {one: (goods, price) for (one, goods), price in zip(named.items(), prices, strict=True)}


@contextmanager
def name_goods(reference: ProductReference) -> Iterator[None]:
    """Let an error of the block name the goods in the place of a product."""
    try:
        yield
    except DomainError as error:
        error.numbers.pop("product", None)
        error.numbers[reference.field] = reference.value
        raise
