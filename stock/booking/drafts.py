"""The data of a booking: the lines of a request, the operation, the locked products and the drafted movements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.utils.functional import cached_property

from core.errors import AmountTooFine, DomainError
from core.fields import MAX_QUANTITY
from core.money.amounts import count_units, price_of
from core.sentences import Goods
from core.texts.barcodes import GTIN, list_keys
from core.texts.cleaning import fold_case
from core.texts.gs1 import find_gtin, is_gtin
from stock.booking.holdings import Held, Holdings, Place, PortionDraft
from stock.errors import (
    CodeAmbiguous,
    InsufficientStock,
    KeepsNoStock,
    ProductArchived,
    ProductNotFound,
    StockLimitExceeded,
    StockReserved,
)
from stock.hooks import TILLS
from stock.models import REASONS_TO_RESPECT_RESERVATIONS
from suppliers.models import Supplier
from users.models import User

SUPPORT_STAFF = "support staff"  # no user or key can have this name: it has a space and no slash
NOTHING = Decimal("0.00")
CENTS = 2  # decimal places of a value

NO_LOCATION = "none"  # stands in a count for what is at no location and in no lot

Units = int | Decimal  # a quantity of base units, or an amount in the product's unit: see LockedProduct.count_units()


Key = tuple[str, int | str]  # "product" and an id, or a field and a code as list_keys() returns it


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A reference to a product: its id, or its sku, barcode or external id ignoring case."""

    field: str  # "product" for the id, or the name of the code
    value: int | str

    @property
    def keys(self) -> Sequence[Key]:
        """Return the keys that may find the product, in the order in which they count."""
        return list_keys(self.field, self.value) if isinstance(self.value, str) else [(self.field, self.value)]

    @property
    def sought(self) -> Sequence[Key]:
        """Return the keys by which the database finds the product. A GTIN also finds the barcode as written."""
        keys = self.keys
        return keys[1:] if self.field == "barcode" and is_gtin(str(self.value)) else keys


def by_id(product_id: int) -> ProductReference:
    return ProductReference("product", product_id)


@dataclass(frozen=True, slots=True)
class PlaceReference:
    """A place that a line names: a location by its id or name, a lot by its code, or both.

    `expires_on` is the date of a lot that does not exist yet. For a lot that exists, it must be the lot's date.
    `named_at` is when the lot had this code: by default at the time of the operation.
    """

    location: int | str | None = None
    lot: str | None = None
    expires_on: date | None = None
    named_at: datetime | None = None


class Price(NamedTuple):
    """A price: that of one unit, or of the whole line in its place. If both are None, the default counts.

    `made_by` is what made the price of a sale: see trade.selling.prices. `is_net` is whether an order has kept it
    without VAT, or None: then it is as the prices of the shop are.
    """

    one: Decimal | None = None
    whole: Decimal | None = None
    made_by: str | None = None
    is_net: bool | None = None

    @property
    def is_given(self) -> bool:
        return self.one is not None or self.whole is not None


NO_PRICE = Price()


class PartLine(NamedTuple):
    """A product that is a part of other goods, and its quantity in one of them."""

    product: ProductReference
    quantity: Units


@dataclass(frozen=True, slots=True)
class BookingLine:
    """A line of a request. With `expected_quantity`, the line is refused if the stock differs.

    A line may name other goods than a product, with `parts` if these have others than usual: trade.selling replaces it
    by lines of products before it is booked.

    `unit_cost` and `cost`, which is that of the whole line, belong to an IN, `unit_price` and `total`, the price of the
    whole line, to an OUT with reason `sale`. If they are None, their defaults are used.
    """

    product: ProductReference
    movement_type: str
    quantity: Units
    expected_quantity: int | None = None
    place: PlaceReference | None = None
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    cost: Decimal | None = None
    total: Decimal | None = None
    parts: Sequence[PartLine] = ()
    is_share: bool = False  # whether the total is a share of the price of several products, checked as a whole
    price_from: str = ""  # what made its price, if an order has kept the one that applied: see trade.selling.prices
    is_net: bool | None = None  # whether an order has kept its price without VAT: see Price

    @property
    def price(self) -> Price:
        """Return what an OUT is sold for."""
        return Price(self.unit_price, self.total, None, self.is_net)

    @property
    def cost_price(self) -> Price:
        """Return what an IN costs."""
        return Price(self.unit_cost, self.cost)


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A line of a transfer: the quantity of a product that moves, from a named lot or from any lot."""

    product: ProductReference
    quantity: Units
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class QuantityAtPlace:
    """A quantity that an import sets: that of a holding or, without a reference, of the stock that is not held."""

    product_id: int
    quantity: int
    place: PlaceReference


@dataclass(frozen=True)
class CountLine:
    """A counted product of a request, and when it was counted (None means now).

    With a place, the count is of this place only; NO_LOCATION is the stock that is not held. `counted_by` is the id of
    the user who has counted, by default of the one who books.
    """

    product: ProductReference
    counted: Units
    counted_at: datetime | None = None
    place: PlaceReference | None = None
    counted_by: int | None = None


@dataclass(frozen=True)
class CountedProduct:
    """The result of a counted line: the quantities before, as counted, as expected when it was counted, and now.

    With a place, these are the quantities at this place; without one, those of the product. If the count is outdated, a
    later count of the same goods is booked already, and this one changes nothing.
    """

    line: CountLine
    product: int
    decimals: int
    counted: int
    previous: int
    expected: int
    quantity: int
    place: Place | None = None
    outdated: bool = False

    @property
    def counted_at(self) -> datetime | None:
        return self.line.counted_at

    @property
    def difference(self) -> int:
        """Return the booked difference. Without `counted_at` it is the counted quantity minus the previous one."""
        return self.quantity - self.previous


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of a whole sale: in percent of its sum, or an amount."""

    percent: Decimal | None = None
    amount: Decimal | None = None

    def compute(self, whole: int, step: int) -> int:
        """Return the discount of a sum, in cents. That in percent is a multiple of the step."""
        if self.amount is not None:
            return int(self.amount.scaleb(CENTS))
        share = Decimal(whole) * (self.percent or NOTHING) / 100 / step
        return int(share.quantize(Decimal(1), ROUND_HALF_UP)) * step


class ExtraCostDraft(NamedTuple):
    """What a delivery cost besides its goods."""

    name: str
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class OperationDraft:
    """An operation before it is booked: the user who books it, the reason, and when it happened (None means now).

    It belongs to the user's account, unless `account_id` names another one: support staff have no account. With
    `is_promised` it fulfils a reservation, so it may take stock that is reserved. With `opens_products` it includes the
    first movements of the products that an import has created: see stock.booking.sql. `discount`, `received` and
    `customer` are those of a sale: see trade.selling. `extra_costs` and `supplier` are those of a delivery: see
    stock.booking.extra_costs. `were_low` tells whether products were low before the caller changed their thresholds.
    Booking removes those that it has moved.
    """

    by: User
    reason: str
    reference: str = ""
    note: str = ""
    occurred_at: datetime | None = None
    reverses_id: int | None = None
    account_id: int | None = None
    discount: Discount | None = None
    received: Mapping[str, Any] = field(default_factory=dict)
    customer: int | None = None
    is_customer_archived: bool = False
    extra_costs: Sequence[ExtraCostDraft] = ()
    supplier: Supplier | None = None
    is_promised: bool = False
    opens_products: bool = False
    were_low: dict[int, bool] = field(default_factory=dict)

    @cached_property
    def owner_id(self) -> int:
        """Return the id of the account's owner. Raise ValueError if neither the user nor the draft has an account."""
        owner_id = self.account_id or self.by.account_id
        if owner_id is None:
            raise ValueError("This user has no account to book in.")
        return owner_id

    @property
    def respects_reservations(self) -> bool:
        """Return whether the operation may not take reserved stock, as a sale. A loss, for instance, may take it."""
        return self.reason in REASONS_TO_RESPECT_RESERVATIONS and not self.is_promised

    @cached_property
    def performer_name(self) -> str:
        """Return the user's name for the history. Outside their account, staff are named SUPPORT_STAFF."""
        return self.by.history_name if self.by.account_id == self.owner_id else SUPPORT_STAFF

    @cached_property
    def till(self) -> int | None:
        """Return the id of the till whose device books, by its API key. What the key is called means nothing."""
        return TILLS[0].find_till(self.by) if self.by.api_key else None


@dataclass(slots=True)
class LockedProduct:
    """A locked product's name, codes and stock.

    Each drafted movement advances quantity, sequence and value in memory. The value follows the moving average cost in
    the order of `sequence`: an IN adds its cost, an OUT takes its share, and no value is computed again later. Amounts
    are exact to the cent: see docs/decisions/0037-moving-average-by-sequence.md.

    `holdings` is empty until read_holdings() sets it, and `reserved` is 0 until read_reserved() does. `last_left` has
    the quantity and the value of what left last, if read_last_left() has set it.
    """

    product_id: int
    name: str
    sku: str
    barcode: str
    external_id: str | None
    quantity: int
    sequence: int
    archived_at: datetime | None
    min_threshold: int | None
    held: int
    may_be_reserved: bool  # False if no open reservation can limit what is booked
    price: Decimal
    cost_price: Decimal | None
    stock_value: Decimal
    decimals: int
    keeps_stock: bool
    holdings: Holdings = field(default_factory=dict)
    reserved: int = 0
    last_left: tuple[int, Decimal] = (1, NOTHING)
    first_quantity: int = field(init=False)  # the quantity before the drafted movements
    first_sequence: int = field(init=False)

    def __post_init__(self) -> None:
        self.first_quantity, self.first_sequence = self.quantity, self.sequence

    @property
    def pk(self) -> int:
        """Return the id of the product, by the name that it has in a Product."""
        return self.product_id

    @property
    def key(self) -> Key:
        return "product", self.product_id

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
        if place.is_nowhere:
            return self.not_held
        return sum(held.quantity for held in self.list_held(place))

    def list_held(self, place: Place) -> Collection[Held]:
        """Return the holdings at this place. At a location and in a lot there is at most one, which is looked up."""
        if None in place.key:
            return [held for held in self.holdings.values() if place.contains(held.place)]
        return [self.holdings[place.key]] if place.key in self.holdings else []

    def keys(self, fields: Collection[str]) -> Iterable[Key]:
        """Yield the keys of the references by these fields that find the product.

        An archived product is not found by its codes, because another product may have them by now.
        """
        for field_name in fields:
            if field_name == "product":
                yield field_name, self.product_id
            elif self.archived_at is None:
                yield field_name, fold_case(getattr(self, field_name) or "")

    def write(self, quantity: int) -> Goods:
        """Return the quantity for the text of an error, which has it as an amount if the product has decimals."""
        return Goods(quantity, self.decimals)

    def count_units(self, units: Units) -> int:
        """Return the base units of a quantity or an amount, as count_base_units()."""
        return count_base_units(units, self.product_id, self.decimals)

    def compute_cost(self, quantity: int, unit_cost: Decimal | None = None) -> Decimal:
        """Return the value that an IN of this quantity adds.

        The default unit cost is the product's cost price; without one it is the average cost of the stock, of what left
        last, or 0.
        """
        if unit_cost is None:
            unit_cost = self.cost_price
        if unit_cost is not None:
            return price_of(quantity, unit_cost, self.decimals)
        total, value = (self.quantity, self.stock_value) if self.quantity else self.last_left
        return divide(value, quantity, total)

    def compute_share(self, quantity: int) -> Decimal:
        """Return the part of the stock's value that an OUT takes. The last unit takes all that is left."""
        if quantity >= self.quantity:
            return self.stock_value
        return divide(self.stock_value, quantity, self.quantity)

    def compute_returned(self, quantity: int, value: Decimal) -> Decimal:
        """Return the value that the reversal of an IN of this quantity and value takes.

        It is at most the value that is left, and exactly that if the reversal empties the stock.
        """
        return self.stock_value if quantity == self.quantity else min(value, self.stock_value)


def count_base_units(units: Units, product_id: int, decimals: int) -> int:
    """Return the base units of a quantity or an amount of a product with these decimals.

    Raise AmountTooFine or StockLimitExceeded.
    """
    quantity = units if isinstance(units, int) else count_units(units, decimals)
    if quantity is None:
        raise AmountTooFine(product=product_id, decimals=decimals)
    if quantity > MAX_QUANTITY:
        numbers = {"available": 0, "requested": quantity, "limit": MAX_QUANTITY}
        raise StockLimitExceeded(product=product_id, **{name: Goods(one, decimals) for name, one in numbers.items()})
    return quantity


def divide(value: Decimal, quantity: int, total: int) -> Decimal:
    """Return the value times quantity, divided by total, rounded half up to cents as PostgreSQL rounds.

    It computes with integers, because Decimal has 28 digits by default, and the product can have more.
    """
    cents = int(value.scaleb(CENTS)) * quantity
    return Decimal((2 * cents + total) // (2 * total)).scaleb(-CENTS)


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


@dataclass(frozen=True, slots=True)
class LockedProducts:
    """Products of one account that lock_products() has locked: in ascending id, and by the keys of references."""

    products: list[LockedProduct]
    by_key: dict[Key, LockedProduct | SharedGTIN]

    def find(self, reference: ProductReference) -> LockedProduct | None:
        """Return the referenced product, or None if no product or several products match."""
        try:
            return get_named(self.by_key, reference.keys)  # type: ignore[no-any-return]
        except DomainError:
            return None

    def get_live(self, reference: ProductReference) -> LockedProduct:
        """Return the referenced product. Raise ProductNotFound, CodeAmbiguous or ProductArchived."""
        product: LockedProduct = get_named(self.by_key, reference.keys)
        if product.archived_at is not None:
            raise ProductArchived(product=product.product_id)
        return product

    def list_moved(self, movements: Iterable["MovementDraft"]) -> list[LockedProduct]:
        moved = {movement.product_id for movement in movements}
        return [product for product in self.products if product.product_id in moved]


class MovementDraft(NamedTuple):
    """A movement that is decided and not yet written."""

    product_id: int
    product_name: str
    sequence: int
    movement_type: str
    quantity: int
    old_quantity: int
    new_quantity: int
    value: Decimal
    unit_price: Decimal | None
    total: Decimal | None
    price_from: str | None  # what made the price
    is_net: bool | None  # whether an order has kept it without VAT
    # These three are those of the product.
    sku: str
    external_id: str | None
    decimals: int
    portions: Sequence[PortionDraft]
    discount: Decimal = NOTHING  # its part of the discount of the sale, which the total does not have
    extra_cost: Decimal = NOTHING  # its share in the extra costs of the delivery, which the value has


def require_stock(product: LockedProduct) -> None:
    """Raise KeepsNoStock if the product keeps no stock."""
    if not product.keeps_stock:
        raise KeepsNoStock(product=product.product_id)


def check_available(product: LockedProduct, quantity: int, *, tell_reserved: bool = False) -> None:
    """Raise InsufficientStock if less of the product is available than the quantity.

    If some of the product is reserved, the error is StockReserved. With `tell_reserved`, the error has the reserved
    quantity even if it is 0.
    """
    if quantity <= product.available:
        return
    numbers = {"available": product.available, "requested": quantity}
    if product.reserved or tell_reserved:
        numbers["reserved"] = product.reserved
    error = StockReserved if product.reserved else InsufficientStock
    raise error(product=product.product_id, **{name: product.write(number) for name, number in numbers.items()})


def get_remarks(values: dict[str, Any]) -> dict[str, Any]:
    """Return the remarks of a validated body. Those that were not sent are empty."""
    return {"reference": values.get("reference", ""), "note": values.get("note", "")}
