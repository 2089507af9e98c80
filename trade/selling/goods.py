"""Kinds of goods beside the product: what sales, orders, returns, labels, scans, tiles and tills know of them.

Nothing else names a kind. docs/architecture.md#a-kind-of-goods tells how one is added.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.module_loading import import_string

from core.errors import DomainError
from core.pages.look_ups import LookUp
from core.shop_apps import list_goods
from records.history.models import Kind
from stock.booking.drafts import BookingLine, Key, OperationDraft, ProductReference
from stock.models import Operation
from trade.selling.drafts import AskedGoods, FoundGoods, ReturnLine, SoldEntry, SoldPart
from trade.selling.prices import SalePrices
from users.models import User


@dataclass(frozen=True, kw_only=True)
class GoodsKind:
    """A kind of goods with parts. An app that has one names it in `goods` of its ShopApp.

    `name` is the field with which a line names them by their id, the key of a tile, and that of the id in an error;
    `{name}-list` and `{name}-detail` are their routes. `names` is the field with the list of them in a response.
    Their list has the parameters `id__in` and `fields`: forms read rows by it, and show nothing of them without these.
    """

    name: str
    names: str
    title: str  # of a column with them
    heading: str  # of their list
    open_text: str  # of the button that leads to their page
    recorded: Kind  # of their history
    model: Any  # their rows, which have a name and the codes CODE_FIELDS
    look_up: LookUp  # finds a row for filters
    # The models of what a sale and a reservation keep of them, from AskedGoods.describe(). They have the places of its
    # movements, or of its lines, and tell their `kind` and `goods_id`.
    sold: Any
    reserved: Any
    serializer: Any  # of a row: forms and scans show its name, codes, price, list_price, available and parts
    sold_serializer: Any
    reserved_serializer: Any
    # The statement that returns those with ids after %(after)s as a till reads them, and their body.
    catalogue: str
    catalogue_serializer: Any
    tile: str  # SQL that returns id, name, sku, barcode and price of the live ones; a condition on {name}.id follows it
    make_own_fields: Callable[[], dict[str, Any]]  # the further fields of a line that sells or reserves them
    not_here: type[DomainError]  # refuses their id where they are neither sold nor reserved
    not_whole: type[DomainError]  # refuses a part of one

    # Whether the shop has ever had such goods: without them, no statement is executed.
    is_used: Callable[[User], bool]
    # Return the goods of the account that these ids and codes name, by their keys: see FoundGoods.list_keys().
    find: Callable[[int, Iterable[ProductReference]], Mapping[Key, FoundGoods]]
    # Return the parts of one row that the user may see, at the present prices, with the rates of VAT of their products.
    read_parts: Callable[[User, Any], list[SoldPart]]
    # Check that a label of them can be drawn. Raise an error, also if nothing was found.
    check_label: Callable[[FoundGoods | None], None]
    # Return the goods that were found if the line may sell them: whole ones. Raise an error, also if there are none.
    check: Callable[[OperationDraft, BookingLine, FoundGoods | None], FoundGoods]
    # Return the price of all that a line asks for, its own or the one that applies at that time, and what made it.
    # Raise an error if the user may not sell at this price, unless it is agreed: an order has as many of the same goods
    # with the same parts at it already. None: it has fewer, or of another customer.
    find_total: Callable[
        [OperationDraft, AskedGoods, list[SoldPart], bool | None, SalePrices | None], tuple[Decimal, str]
    ]
    # Return the places of those entries of a sale that a line may take back, which have the same parts. Raise an error.
    choose_entries: Callable[[Operation, Sequence[SoldEntry], ReturnLine], list[int]]


@cache
def list_kinds() -> tuple[GoodsKind, ...]:
    """Return the kinds of goods of the installed apps."""
    return tuple(import_string(path) for path in list_goods())


def list_used(shop: User | None) -> list[GoodsKind]:
    """Return the kinds of which the shop has ever had goods."""
    return [kind for kind in list_kinds() if shop and kind.is_used(shop)]


def find_kind(name: str) -> GoodsKind:
    return next(kind for kind in list_kinds() if kind.name == name)


def names_goods(reference: ProductReference | None) -> bool:
    """Return whether the reference is the id of goods with parts."""
    return reference is not None and any(kind.name == reference.field for kind in list_kinds())


def refuse_goods(reference: ProductReference) -> None:
    """Raise an error if the reference is the id of goods with parts, where only products can be named."""
    for kind in list_kinds():
        if kind.name == reference.field:
            raise kind.not_here(**{kind.name: reference.value})
