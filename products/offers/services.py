"""The services that write offers. Each shares the account's catalogue lock, then locks the product.

A product that gets another supplier changes places with the offer of that supplier: see take_suppliers().
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from core.archiving import require_live
from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import accept, save_fields
from products.models import BESIDE, IN_PRODUCT, MAX_OFFERS, Offer, Product, sql_offers
from products.offers.errors import OfferTaken, TooManyOffers
from records.events.models import Event
from records.history.models import Recording, recorded
from suppliers.models import Supplier
from users.models import User

Values = dict[str, Any]  # by the names of fields


class Terms(NamedTuple):
    """What a supplier offers a product for. The defaults are those of the columns."""

    supplier_sku: str = ""
    pack_size: int = 1
    cost_price: Decimal | None = None
    min_packs: int = 1
    lead_days: int | None = None
    note: str = ""

    @classmethod
    def of_product(cls, product: Any) -> "Terms":
        """Return the terms that the product's own row has."""
        return cls(*(getattr(product, name) for name in IN_PRODUCT))

    @classmethod
    def of_history(cls, row: Values) -> "Terms":
        """Return the terms of an offer that KnownOffers.describe() has described."""
        price = row["cost_price"]
        return cls(**{name: row[name] for name in cls._fields} | {"cost_price": price and Decimal(price)})

    def beside(self) -> "Terms":
        """Return what the preferred offer has in its row."""
        return Terms(**pick(self, BESIDE))

    def in_product(self) -> Values:
        """Return what the preferred offer has in the product's row."""
        return pick(self, IN_PRODUCT)


def pick(terms: Terms, names: tuple[str, ...]) -> Values:
    return {name: getattr(terms, name) for name in names}


Rows = dict[int, Terms]  # the rows of a product in the table of offers, by the id of the supplier


class ShownOffer(NamedTuple):
    """An offer as the API shows it."""

    product_id: int
    supplier_id: int
    is_preferred: bool
    supplier_sku: str
    pack_size: int
    cost_price: Decimal | None
    min_packs: int
    lead_days: int | None
    note: str
    product_name: str
    sku: str
    barcode: str
    unit: str
    decimals: int
    supplier_name: str

    @property
    def id(self) -> str:
        return name_offer(self.product_id, self.supplier_id)

    @property
    def pk(self) -> str:
        return self.id

    @property
    def terms(self) -> Terms:
        return Terms(*(getattr(self, name) for name in Terms._fields))

    def __str__(self) -> str:
        return f"{self.product_name}: {self.supplier_name}"


def name_offer(product_id: int, supplier_id: int) -> str:
    """Return the id of an offer."""
    return f"{product_id}-{supplier_id}"


def find_offer(owner_id: int | None, product_id: int, supplier_id: int) -> ShownOffer:
    """Return the offer of a live supplier for a live product. Raise Offer.DoesNotExist."""
    for row in fetch(sql_offers.FIND, {"owner": owner_id, "product": product_id, "supplier": supplier_id}):
        return ShownOffer(*row)
    raise Offer.DoesNotExist


@atomic
def create_offer(*, by: User, product: Product, supplier: Supplier, **terms: Any) -> ShownOffer:
    """Add what a supplier offers a product for, and return it. The preferred offer stays.

    Raise Product.DoesNotExist, ValidationError, OfferTaken or TooManyOffers.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
    supplier = require_live(supplier=supplier)["supplier"]
    locked: Product = Product.objects.for_user(by).live().get_locked(product.pk)
    known = read_offers(owner_id, {locked.pk: supplier.pk})[locked.pk]
    if supplier.pk in known.rows or supplier.pk == locked.supplier_id:
        raise OfferTaken(offer=name_offer(locked.pk, supplier.pk), product=locked.pk, supplier=supplier.pk)
    return save_offer(locked, known, supplier.pk, Terms(**terms))


@atomic
def change_offer(
    *, by: User, product_id: int, supplier_id: int, check: Callable[[Any], None] = accept, **terms: Any
) -> ShownOffer:
    """Save the given terms of an offer, and return it. Those of the preferred offer are partly the product's.

    `check` gets the offer under the lock of its product, and refuses the change by an exception. Raise
    Offer.DoesNotExist.
    """
    product, offer, known = lock_offer(by.account_id, product_id, supplier_id, check)
    return save_offer(product, known, supplier_id, offer.terms._replace(**terms))


@atomic
def delete_offer(*, by: User, product_id: int, supplier_id: int, check: Callable[[Any], None] = accept) -> None:
    """Remove an offer. Without its preferred offer, the product has no supplier, and keeps its cost price.

    `check` is as in change_offer(). Raise Offer.DoesNotExist.
    """
    product, offer, known = lock_offer(by.account_id, product_id, supplier_id, check)
    with changed(product) as changes:
        after = {pk: terms for pk, terms in known.rows.items() if pk != supplier_id}
        write_rows(product.owner_id, {product.pk: (known, after)}, changes)
        if offer.is_preferred:
            save_fields(product, {"supplier": None, "kept_supplier_id": None, "supplier_sku": "", "pack_size": 1})


@atomic
def prefer_offer(*, by: User, product_id: int, supplier_id: int, check: Callable[[Any], None] = accept) -> ShownOffer:
    """Make an offer the preferred one of its product, and return it. The one before becomes one of the others.

    `check` is as in change_offer(). Raise Offer.DoesNotExist.
    """
    product, offer, _known = lock_offer(by.account_id, product_id, supplier_id, check)
    if offer.is_preferred:
        return offer
    with changed(product):
        fields = {"supplier": Supplier.objects.get(owner_id=product.owner_id, pk=supplier_id)}
        save_fields(product, fields | take_supplier(product, fields))
    return find_offer(product.owner_id, product_id, supplier_id)


def lock_offer(
    owner_id: Any, product_id: int, supplier_id: int, check: Callable[[Any], None]
) -> tuple[Product, ShownOffer, "KnownOffers"]:
    """Lock the product of an offer, and return both, with all rows of the product. `check` is as in change_offer().

    Raise Offer.DoesNotExist.
    """
    lock_account(owner_id, AccountLock.CATALOGUE, shared=True)  # nobody archives the supplier meanwhile
    try:
        product = Product.objects.filter(owner_id=owner_id).live().get_locked(product_id)
    except Product.DoesNotExist:
        raise Offer.DoesNotExist from None
    offer = find_offer(owner_id, product_id, supplier_id)
    check(offer)
    return product, offer, read_offers(owner_id, {product_id: supplier_id})[product_id]


@contextmanager
def changed(product: Product) -> Iterator[Recording]:
    """Record what the block changes of a locked product and of its offers, with its event."""
    with recorded(Product, product.owner_id, [product.pk], is_locked=True) as changes:
        yield changes
    Event.objects.record_changed(product.owner_id, changes)


def save_offer(product: Product, known: "KnownOffers", supplier_id: int, terms: Terms) -> ShownOffer:
    """Save the terms of a supplier where they belong, and return the offer. Raise TooManyOffers."""
    is_preferred = supplier_id == product.supplier_id
    after = {**known.rows, supplier_id: terms.beside() if is_preferred else terms}
    if is_preferred and terms.beside() == Terms():
        del after[supplier_id]
    with changed(product) as changes:
        check_number(product.pk, known.rows, after, product.supplier_id or product.kept_supplier_id)
        write_rows(product.owner_id, {product.pk: (known, after)}, changes)
        if is_preferred and terms.in_product() != Terms.of_product(product).in_product():
            save_fields(product, terms.in_product())
    return find_offer(product.owner_id, product.pk, supplier_id)


# --- Another supplier of a product ------------------------------------------------------------------------


class NewSupplier(NamedTuple):
    """The supplier that a product is about to get, or None, with what it has until then."""

    former: int | None  # the id of the present supplier, or of the archived one that the product had
    own: Terms
    supplier: int | None

    @classmethod
    def of(cls, product: Any, supplier_id: int | None) -> "NewSupplier":
        """Return the change of this product, which still has its former values."""
        return cls(product.supplier_id or product.kept_supplier_id, Terms.of_product(product), supplier_id)


def take_supplier(product: Product, fields: Values) -> Values:
    """Change places as take_suppliers() for one product. Return what its row gets besides the given `fields`."""
    new = NewSupplier.of(product, fields["supplier"] and fields["supplier"].pk)
    if digits := fields.get("decimals", product.decimals) - product.decimals:
        new = new._replace(own=new.own._replace(pack_size=math.ceil(Decimal(new.own.pack_size).scaleb(digits))))
    with recorded(Product, product.owner_id, [product.pk], is_locked=True) as changes:
        taken = take_suppliers(product.owner_id, {product.pk: new}, changes)
    kept = {"kept_supplier_id": None} if product.kept_supplier_id else {}
    return kept | {name: value for name, value in taken.get(product.pk, {}).items() if name not in fields}


def check_new_supplier(product: Product, supplier: Supplier | None) -> None:
    """Raise TooManyOffers if the product would have too many with this supplier."""
    new = NewSupplier.of(product, supplier.pk if supplier else None)
    rows = read_offers(product.owner_id, {product.pk: new.supplier})[product.pk].rows
    if rows:
        check_number(product.pk, rows, change_places(rows, new)[0], new.supplier)


def take_suppliers(
    owner_id: int, new: Mapping[int, NewSupplier], changes: Recording | None = None
) -> dict[int, Values]:
    """Write the rows of products that are about to get other suppliers. The products are locked.

    The former supplier of each gets a row with the values of the product, and the row of the new one loses its values.
    Return them by product: the caller writes them into the product's row, where they give way to what was sent. A
    supplier that did not offer the product has no number for it, and by default the pack and the price of the former
    one. A product without any row is left out. The number of statements does not depend on that of the products. Raise
    TooManyOffers.
    """
    known = read_offers(owner_id, {pk: change.supplier for pk, change in new.items()})
    rows: dict[int, tuple[KnownOffers, Rows]] = {}
    taken: dict[int, Values] = {}
    for pk, change in new.items():
        if known[pk].rows and change.supplier != change.former:
            after, taken[pk] = change_places(known[pk].rows, change)
            check_number(pk, known[pk].rows, after, change.supplier)
            rows[pk] = known[pk], after
    write_rows(owner_id, rows, changes)
    return taken


def change_places(rows: Rows, change: NewSupplier) -> tuple[Rows, Values]:
    """Return the rows of a product after it has got another supplier, and what its own row gets."""
    after = dict(rows)
    if change.former:
        after[change.former] = change.own._replace(**pick(rows.get(change.former, Terms()), BESIDE))
    if change.supplier not in rows:
        return after, {"supplier_sku": ""}
    left = rows[change.supplier].beside()
    after[change.supplier] = left
    if left == Terms():
        del after[change.supplier]
    return after, rows[change.supplier].in_product()


def restore_offers(owner_id: int, offers: Mapping[int, Mapping[int, Terms | None]], changes: Recording) -> None:
    """Give these products the given rows, and take those that are None from them. The products are locked."""
    rows: dict[int, tuple[KnownOffers, Rows]] = {}
    for pk, known in read_offers(owner_id, dict.fromkeys(offers)).items():
        after = {**known.rows, **offers[pk]}
        rows[pk] = known, {supplier: terms for supplier, terms in after.items() if terms}
    write_rows(owner_id, rows, changes)


def rescale_packs(product: Product, decimals: int) -> None:
    """Convert the pack sizes of the product's offers to these decimals. The amounts stay, or are rounded up."""
    execute(
        sql_offers.RESCALE, {"owner": product.owner_id, "product": product.pk, "digits": decimals - product.decimals}
    )


# --- Rows -------------------------------------------------------------------------------------------------


class KnownOffers:
    """The rows of a product in the table of offers, and the names of the suppliers that they may be about."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.names: dict[int, str] = {}

    def describe(self, rows: Rows, suppliers: list[int]) -> list[Values]:
        """Return what the history records of the rows of these suppliers."""
        return [
            {"id": pk, "name": self.names[pk], **terms._asdict(), "cost_price": write_price(terms.cost_price)}
            for pk in suppliers
            if (terms := rows.get(pk))
        ]


def write_price(price: Decimal | None) -> str | None:
    return None if price is None else str(price.quantize(Decimal("0.01")))


def read_offers(owner_id: int, suppliers: Mapping[int, int | None]) -> dict[int, KnownOffers]:
    """Return the rows of these locked products, each with the name of one more supplier."""
    found: dict[int, KnownOffers] = defaultdict(KnownOffers)
    values = {"owner": owner_id, "products": list(suppliers), "suppliers": list(suppliers.values())}
    for product, supplier, name, *terms in fetch(sql_offers.ROWS, values):
        found[product].names[supplier] = name
        if terms[1] is not None:
            found[product].rows[supplier] = Terms(*terms)
    return found


def check_number(product_id: int, before: Rows, after: Rows, supplier_id: int | None) -> None:
    """Raise TooManyOffers if there are too many offers, the one of the product's own supplier with them."""
    number = len(after.keys() | {supplier_id} - {None})
    if number > MAX_OFFERS and len(after) > len(before):
        raise TooManyOffers(product=product_id, limit=MAX_OFFERS)


def write_rows(owner_id: int, rows: Mapping[int, tuple[KnownOffers, Rows]], changes: Recording | None = None) -> None:
    """Write the rows of products, and note what differs in the history."""
    gone: list[tuple[int, int]] = []
    given: list[tuple[Any, ...]] = []
    for product, (known, after) in rows.items():
        before = known.rows
        differing = sorted(pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk))
        gone += [(product, pk) for pk in differing if pk not in after]
        given += [(product, pk, *after[pk]) for pk in differing if pk in after]
        if changes is not None and differing:
            described = [known.describe(each, differing) for each in (before, after)]
            changes.note(product, {"offers": described})
    if gone:
        execute(sql_offers.DELETE, {"owner": owner_id, **by_column(("products", "suppliers"), gone)})
    if given:
        execute(sql_offers.WRITE, {"owner": owner_id, **by_column(("products", "suppliers", *Terms._fields), given)})


def by_column(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
