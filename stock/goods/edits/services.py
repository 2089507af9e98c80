"""The services that change the same few fields of many products at once, and undo such an edit.

An edit is a change of the history for each of its products: records.history.models.as_edit() gives them one id. The
number of statements does not depend on the number of products.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.database.postgres.base import execute
from core.database.transactions import AccountLock, atomic, lock_account
from core.errors import DomainError
from products.models import IN_PRODUCT, Category, Product, Tax, find_low
from products.offers.services import NewSupplier, Rows, Terms, read_offers, restore_offers, take_suppliers
from records.events.models import Event
from records.events.services import record_changed_levels
from records.history.models import Change, Kind, Recording, as_edit, recorded
from stock.booking.drafts import ProductReference
from stock.booking.holdings import LineErrors
from stock.booking.locks import lock_products
from stock.errors import NothingChanged
from stock.goods.changes import find_product
from stock.goods.edits.errors import EditUndone, ValuesChanged
from stock.goods.edits.hooks import FURTHER_PRICES
from stock.goods.services import (
    archive_products,
    check_stock_kept,
    find_changed_fields,
    lock_links,
    restore_alone,
    restore_products,
)
from suppliers.models import Supplier
from users.models import User

# Saves the fields of products, which the transaction has locked before it read them.
SAVE = """
UPDATE products_product AS product
SET price = given.price, category_id = given.category, supplier_id = given.supplier,
    min_threshold = given.min_threshold, kept_supplier_id = given.kept_supplier, supplier_sku = given.supplier_sku,
    pack_size = given.pack_size, cost_price = given.cost_price, tax_id = given.tax, keeps_stock = given.keeps_stock,
    updated_at = %(now)s::timestamptz
FROM unnest(
    %(ids)s::bigint[], %(prices)s::numeric[], %(categories)s::bigint[], %(suppliers)s::bigint[],
    %(thresholds)s::integer[], %(kept_suppliers)s::bigint[], %(supplier_skus)s::text[], %(pack_sizes)s::bigint[],
    %(cost_prices)s::numeric[], %(taxes)s::bigint[], %(keep_stock)s::boolean[]
) AS given (
    id, price, category, supplier, min_threshold, kept_supplier, supplier_sku, pack_size, cost_price, tax, keeps_stock
)
WHERE product.owner_id = %(owner)s::bigint AND product.id = given.id
"""


def restore_free(owner_id: int, products: Collection[Product]) -> list[int]:
    """Bring these locked products back. Return the ids of those that stay archived: a code or an option is taken.

    The number of statements does not depend on that of the products, unless something is taken.
    """
    if not products:
        return []
    try:
        with transaction.atomic():
            restore_products(owner_id, products)
    except (DomainError, IntegrityError):
        return [product.pk for product in products if not is_restored(product)]
    return []


def is_restored(product: Product) -> bool:
    """Bring the product back, and return whether nothing of it is taken."""
    try:
        with transaction.atomic():
            restore_alone(product)
    except DomainError:
        return False
    return True


# The arrays of the statement that saves, and the columns whose values they have.
SAVED = {
    "ids": "pk", "prices": "price", "categories": "category_id", "suppliers": "supplier_id",
    "thresholds": "min_threshold", "kept_suppliers": "kept_supplier_id", "supplier_skus": "supplier_sku",
    "pack_sizes": "pack_size", "cost_prices": "cost_price", "taxes": "tax_id",
    "keep_stock": "keeps_stock",
}  # fmt: skip
SUPPLIED = {"supplier", "offers", *IN_PRODUCT}  # an undo restores all of these or none
EDITED = SUPPLIED | {"prices", "price", "category", "tax", "keeps_stock", "min_threshold", "archived"}
LINKS: dict[str, Any] = {"category": Category, "supplier": Supplier, "tax": Tax}
CHANGED, ARCHIVED, NOT_FREE = "changed_since", "is_archived", "not_free"  # why an undo leaves a value as it is


class ProductEdit(NamedTuple):
    """A line of a request. `expected` has values that the product must still have."""

    product: ProductReference
    values: dict[str, Any]
    expected: dict[str, Any]
    is_archived: bool = False


class Kept(NamedTuple):
    """The fields of a product that an undo has left as they are, and why."""

    product: int
    name: str
    fields: list[str]
    reason: str


class Edit(NamedTuple):
    """What an edit, or an undo, has done. The id is None if it has changed nothing."""

    id: int | None
    changed: int  # the number of changed products
    kept: list[Kept]


class Plan:
    """What an edit does with products, which are locked."""

    def __init__(self, by: User, products: dict[int, Product]) -> None:
        self.by, self.products = by, products
        self.fields: dict[int, dict[str, Any]] = {}
        self.archived: list[int] = []
        self.restored: list[int] = []
        self.kept: list[Kept] = []
        self.offers: dict[int, dict[int, Terms | None]] = {}  # an undo restores these instead of changing places
        self.scales_prices = False  # whether prices besides the list price change as this does
        self.prices: dict[int, Any] = {}  # an undo restores these

    def keep(self, pk: int, fields: list[str], reason: str) -> None:
        if fields:
            self.kept.append(Kept(pk, self.products[pk].name, fields, reason))

    def carry_out(self, undoes: int | None = None) -> Edit:
        """Restore, change and archive the products, as one edit."""
        owner_id: Any = self.by.account_id
        differing = {pk: one for pk, one in self.fields.items() if pk in self.prices or self.find_differing(pk)}
        if not (differing or self.archived or self.restored):
            return Edit(None, 0, self.kept)
        with as_edit(undoes) as edit:
            for pk in restore_free(owner_id, [self.products[pk] for pk in self.restored]):
                self.keep(pk, ["archived", *differing.pop(pk, {})], NOT_FREE)
                self.restored.remove(pk)
            self.save(differing)
            if self.archived:
                archive_products(owner_id, self.archived)
        changed = {*differing, *self.archived, *self.restored}
        return Edit(edit if changed else None, len(changed), self.kept)

    def find_differing(self, pk: int) -> list[str]:
        return find_changed_fields(self.products[pk], self.fields[pk], sees_costs=True)

    def save(self, fields: Mapping[int, dict[str, Any]]) -> None:
        if not fields:
            return
        owner_id: Any = self.by.account_id
        were_low: dict[int, bool] = {}
        with recorded(Product, owner_id, fields, is_locked=True) as changes:
            taken = self.take_suppliers(fields, changes)
            listed = {pk: (self.products[pk].price, one["price"]) for pk, one in fields.items() if "price" in one}
            for hook in FURTHER_PRICES:
                if self.scales_prices:
                    hook.scale(owner_id, listed, changes, self.by.shop_currency)
                if self.prices:
                    hook.restore(owner_id, self.prices, changes)
            for pk, values in fields.items():
                were_low |= find_low(self.products[pk], values)
                for name, value in {**values, **taken.get(pk, {})}.items():
                    setattr(self.products[pk], name, value)
            rows = [self.products[pk] for pk in fields]
            columns = {name: [getattr(row, column) for row in rows] for name, column in SAVED.items()}
            execute(SAVE, {"owner": owner_id, "now": timezone.now(), **columns})
        Event.objects.record_changed(owner_id, changes)
        record_changed_levels(owner_id, were_low)

    def take_suppliers(self, fields: Mapping[int, dict[str, Any]], changes: Recording) -> dict[int, dict[str, Any]]:
        """Change places with the offers of the suppliers that products get. Return what these get besides."""
        owner_id: Any = self.by.account_id
        given = {pk: values["supplier"] for pk, values in fields.items() if "supplier" in values}
        ids = {pk: supplier and supplier.pk for pk, supplier in given.items()}
        new = {
            pk: NewSupplier.of(self.products[pk], supplier)
            for pk, supplier in ids.items()
            if supplier != self.products[pk].supplier_id
        }
        if self.offers:
            restore_offers(owner_id, {pk: self.offers[pk] for pk in new}, changes)
        taken = take_suppliers(owner_id, new, changes) if new and not self.offers else {}
        return {pk: {**taken.get(pk, {}), "kept_supplier_id": None} for pk in new}


@atomic
def edit_products(*, by: User, lines: list[ProductEdit], rows: bool = False) -> Edit:
    """Change or archive all products of the lines, or none. Raise NothingChanged with the errors of all refused lines.

    A product without stock has no threshold, so that of its line is ignored. With `rows`, the prices of a product
    besides its list price change in proportion.
    """
    owner_id: Any = by.account_id
    given = lock_links(owner_id, *(line.values for line in lines))
    locked = lock_products(owner_id, [line.product for line in lines])
    plan, errors = Plan(by, read_products(owner_id, [product.product_id for product in locked.products])), LineErrors()
    plan.scales_prices = rows
    hooks = FURTHER_PRICES if any("prices" in line.expected for line in lines) else ()
    shown = {pk: terms for hook in hooks for pk, terms in hook.list_terms(owner_id, [*plan.products]).items()}
    for index, (line, fields) in enumerate(zip(lines, given, strict=True)):
        with errors.of(index):
            pk = find_product(locked, line.product, plan.fields).product_id
            plan.fields[pk] = fields
            check_stock_kept(plan.products[pk], fields)
            expected = dict(line.expected)
            prices = expected.pop("prices", None)
            changed = find_changed_fields(plan.products[pk], expected, sees_costs=True)
            if prices is not None and {*prices} != {*shown.get(pk, ())}:
                changed.append("prices")
            if changed:
                raise ValuesChanged(product=pk, changed=changed)
            if line.is_archived:
                plan.archived.append(pk)
    errors.raise_if_any(NothingChanged)
    return plan.carry_out()


def read_products(owner_id: int, ids: list[int]) -> dict[int, Product]:
    return {row.pk: row for row in Product.objects.filter(owner_id=owner_id, pk__in=ids)}


@atomic
def undo_edit(*, by: User, edit: int) -> Edit:
    """Give the products of an edit the values that they had before it, as an edit that can be undone, too.

    A value that is no longer that of the edit stays, and so does one whose old value is not possible any more: an
    archived category, supplier or rate of VAT, or a code that another product has taken. Raise Change.DoesNotExist, or
    EditUndone.
    """
    owner_id: Any = by.account_id
    changes = read_changes(owner_id, edit)
    linked = {name: find_ids(changes, name) for name in LINKS}
    if any(linked.values()):
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
    lock_products(owner_id, [ProductReference("product", pk) for pk in changes])
    undone = Change.objects.filter(owner_id=owner_id, undoes=edit)
    if undone_by := undone.values_list("edit", flat=True).first():
        raise EditUndone(edit=edit, undone_by=undone_by)
    plan = Plan(by, read_products(owner_id, list(changes)))
    known = read_offers(owner_id, dict.fromkeys(changes))
    prices = {pk: pairs["prices"] for pk, pairs in changes.items() if "prices" in pairs}
    hooks = FURTHER_PRICES if prices else ()
    former = {pk: terms for hook in hooks for pk, terms in hook.find_former(owner_id, prices).items()}
    live: Any = {
        name: LINKS[name].objects.filter(owner_id=owner_id).live().in_bulk(ids) for name, ids in linked.items() if ids
    }
    for pk, pairs in changes.items():
        plan_undo(plan, pk, pairs, live, known[pk].rows, former)
    return plan.carry_out(undoes=edit)


def read_changes(owner_id: int, edit: int) -> dict[int, dict[str, list[Any]]]:
    """Return the old and the new values of each product of an edit. Raise Change.DoesNotExist."""
    changes: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    found = Change.objects.filter(owner_id=owner_id, edit=edit, kind=Kind.PRODUCT).order_by("id")
    for pk, pairs in found.values_list("row_id", "changes"):
        changes[pk] |= {name: pair for name, pair in pairs.items() if name in EDITED}
    if not changes:
        raise Change.DoesNotExist
    follow_merges(owner_id, changes.values())
    return dict(changes)


def follow_merges(owner_id: int, changes: Collection[dict[str, list[Any]]]) -> None:
    """Let the changes name the suppliers that theirs were merged into since."""
    links = [link for pairs in changes for link in pairs.get("supplier", ()) if link]
    links += [row for pairs in changes for side in pairs.get("offers", ()) for row in side]
    merged = Supplier.objects.filter(owner_id=owner_id, pk__in={link["id"] for link in links}).exclude(merged_into=None)
    into = dict(merged.values_list("pk", "merged_into_id")) if links else {}
    for link in links:
        link["id"] = into.get(link["id"], link["id"])


def find_ids(changes: Mapping[int, dict[str, list[Any]]], name: str) -> set[int]:
    """Return the ids of the rows to which products were linked before an edit."""
    return {pairs[name][0]["id"] for pairs in changes.values() if name in pairs and pairs[name][0]}


def plan_undo(
    plan: Plan,
    pk: int,
    pairs: dict[str, list[Any]],
    live: Mapping[str, Mapping[int, Any]],
    rows: Rows,
    former: Mapping[int, Any],
) -> None:
    """Plan to give a product its old values back, where it still has the new ones.

    `rows` are those of its offers, and `former` has the prices of products whose prices are still those of the edit.
    """
    product = plan.products[pk]
    fields = {name: pair for name, pair in pairs.items() if name not in ("archived", "offers", "prices")}
    was_archived, is_archived = pairs.get("archived", [product.archived_at is not None] * 2)
    if is_archived != (product.archived_at is not None):
        plan.keep(pk, list(pairs), CHANGED)
        return
    if is_archived and was_archived:
        plan.keep(pk, list(pairs), ARCHIVED)
        return
    changed = {name for name, (_old, new) in fields.items() if not is_present(product, name, new)}
    if "keeps_stock" in pairs:  # the threshold went and comes with the stock
        changed -= {"min_threshold"} if product.min_threshold == pairs.get("min_threshold", [None])[-1] else set()
        changed |= {"keeps_stock"} if product.quantity else set()
    if "supplier" in pairs and (not plan_offers(plan, product, pairs, rows) or changed & SUPPLIED):
        changed |= SUPPLIED
    if "prices" in pairs:
        if pk in former:
            plan.prices[pk] = former[pk]
        else:
            changed.add("prices")
    plan.keep(pk, [name for name in pairs if name in changed], CHANGED)
    left = {name: old for name, (old, _new) in fields.items() if name not in changed}
    gone = {name for name in LINKS.keys() & left.keys() if left[name] and left[name]["id"] not in live[name]}
    gone |= SUPPLIED if "supplier" in gone else set()
    plan.keep(pk, [name for name in pairs if name in gone], ARCHIVED)
    plan.fields[pk] = {name: read_recorded(name, old, live) for name, old in left.items() if name not in gone}
    check_stock_kept(product, plan.fields[pk])
    if was_archived != is_archived:
        (plan.archived if was_archived else plan.restored).append(pk)


def plan_offers(plan: Plan, product: Product, pairs: dict[str, list[Any]], rows: Rows) -> bool:
    """Plan to give a product the old rows of its old and its new supplier. Return whether both ask what they did then.

    What the history does not have of the new supplier is what the old one asked.
    """
    former, supplier = (link and link["id"] for link in pairs["supplier"])
    if former == supplier:  # one of them was merged into the other since
        return False
    sides: Any = pairs.get("offers", ([], []))
    old, new = ({row["id"]: Terms.of_history(row) for row in side if row["id"] in (former, supplier)} for side in sides)
    plan.offers[product.pk] = {**dict.fromkeys(new), **old}
    taken = new[former].in_product() if former in new else {}
    is_same = all(getattr(product, name) == value for name, value in taken.items() if name not in pairs)
    return is_same and all(rows.get(pk) == new.get(pk) for pk in (former, supplier))


def is_present(product: Product, name: str, value: Any) -> bool:
    """Return whether the product has this value of the history. One without stock can have no other threshold."""
    if name in LINKS:
        is_same: bool = getattr(product, f"{name}_id") == (value and value["id"])
    else:
        is_same = getattr(product, name) == read_recorded(name, value, {})
    return is_same and (name != "min_threshold" or product.keeps_stock)


def read_recorded(name: str, value: Any, live: Mapping[str, Mapping[int, Any]]) -> Any:
    """Return a value of the history as that of a product."""
    if value is not None and name in LINKS:
        return live[name][value["id"]]
    return Decimal(value) if value is not None and name in ("price", "cost_price") else value
