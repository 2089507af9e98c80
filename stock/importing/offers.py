"""Offers in files: a file of offers is imported, all or nothing, and a file of products changes places with offers."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.fields import MAX_QUANTITY
from core.kinds import parse_id
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.errors import InvalidRows, Refused, RowErrors
from products.filing.states import CREATED, UNCHANGED, UPDATED, Columns, TableFile, TableRow, answer_import
from products.models import BESIDE, IN_PRODUCT, Product, sql_offers
from products.offers.errors import TooManyOffers
from products.offers.services import (
    KnownOffers,
    NewSupplier,
    Rows,
    Terms,
    by_column,
    check_number,
    name_offer,
    pick,
    read_offers,
    take_suppliers,
    write_price,
    write_rows,
)
from records.events.models import Event
from records.history.models import Recording, recorded
from stock.booking.drafts import ProductReference, by_id
from stock.booking.locks import ReferencedProducts, lock_products
from stock.errors import CodeAmbiguous, ProductNotFound
from stock.importing.table import FILE
from suppliers.models import Supplier
from users.models import User

NO_SUPPLIER = _("You have no supplier with this name or id. Create it first, or correct the cell.")
NO_PRODUCT = _("You have no product with this code. Create it first, or correct the cell.")
NOT_NAMED = _("This row names no product: enter its SKU, its barcode, or the supplier's number of it.")
UNKNOWN_NUMBER = _("This supplier offers nothing with this number: enter the SKU or the barcode of the product.")
SEVERAL = _("This supplier offers several products with this number: enter the SKU or the barcode of one.")
SAME_OFFER = _("This is the offer of line {line}, named again: remove one of the two rows.")


Named = tuple[TableRow, Supplier, int]  # a row of the file with its supplier, and the id of its product


@atomic
def import_offers(*, by: User, file: TableFile, dry_run: bool) -> dict[str, Any]:
    """Create and change the offers of the rows of a file, and return the response. With `dry_run`, nothing is kept.

    The catalogue is locked, then the products in ascending id. Raise InvalidRows.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
    errors = file.errors.copy()
    named = find_named(owner_id, file.rows, errors)
    locked = lock_products(owner_id, [by_id(pk) for pk in {pk for _row, _supplier, pk in named}])
    ids = [product.product_id for product in locked.products]
    known = read_offers(owner_id, dict.fromkeys(ids))
    products = {product.pk: product for product in Product.objects.filter(owner_id=owner_id, pk__in=ids)}
    offers = {pk: ProductOffers(products[pk], known[pk]) for pk in ids}
    rows = []
    for row, supplier, pk in named:
        with errors.of(row.line, row.texts, "pack_size"):
            change = offers[pk].write(supplier, read_terms(row.values, locked.find(by_id(pk))))
            names = {"name": products[pk].name, "supplier_name": supplier.name}
            rows.append({"line": row.line, "offer": name_offer(pk, supplier.pk), **names, "change": change})
    errors.raise_if_any()
    save(owner_id, [one for one in offers.values() if one.is_changed])
    transaction.set_rollback(dry_run)
    return answer_import("offers", rows, dry_run=dry_run)


def read_terms(values: dict[str, Any], product: Any) -> dict[str, Any]:
    """Return what a row says of an offer. Raise AmountTooFine for a pack with too many decimals."""
    terms = {name: values[name] for name in Terms._fields if name in values}
    if "pack_size" in terms:
        terms["pack_size"] = 1 if terms["pack_size"] is None else product.count_units(terms["pack_size"])
    return terms


class ProductOffers:
    """The offers of a locked product, which the rows of a file change."""

    def __init__(self, product: Product, known: KnownOffers) -> None:
        self.product, self.known = product, known
        self.rows: Rows = dict(known.rows)
        self.own = Terms.of_product(product)

    def write(self, supplier: Supplier, given: dict[str, Any]) -> str:
        """Change the offer of the supplier, or add it. Return what was done. Raise Refused for one too many."""
        pk, rows = supplier.pk, self.rows
        self.known.names[pk] = supplier.name
        if pk == self.product.supplier_id:
            present = self.own._replace(**pick(rows.get(pk, Terms()), BESIDE))
            changed = present._replace(**given)
            self.own = Terms(**changed.in_product())
            rows = {**rows, pk: changed.beside()}
            if rows[pk] == Terms():
                del rows[pk]
            self.rows = rows
            return UNCHANGED if changed == present else UPDATED
        is_new = pk not in rows
        changed = rows.get(pk, Terms())._replace(**given)
        result = CREATED if is_new else UNCHANGED if changed == rows[pk] else UPDATED
        after = {**rows, pk: changed}
        try:
            check_number(self.product.pk, rows, after, self.product.supplier_id or self.product.kept_supplier_id)
        except TooManyOffers as error:
            raise Refused("supplier", str(error)) from None
        self.rows = after
        return result

    @property
    def is_changed(self) -> bool:
        return self.rows != self.known.rows or self.is_own_changed

    @property
    def is_own_changed(self) -> bool:
        return self.own != Terms.of_product(self.product)


def save(owner_id: int, offers: list[ProductOffers]) -> None:
    """Write the changed offers of products, with their history and events, in a fixed number of statements."""
    with recorded(Product, owner_id, [one.product.pk for one in offers], is_locked=True) as changes:
        write_rows(owner_id, {one.product.pk: (one.known, one.rows) for one in offers}, changes)
        own = [(one.product.pk, *one.own[: len(IN_PRODUCT)]) for one in offers if one.is_own_changed]
        if own:
            execute(sql_offers.SAVE_PREFERRED, {"owner": owner_id, **by_column(("ids", *IN_PRODUCT), own)})
    Event.objects.record_changed(owner_id, changes)


# --- What a row names -------------------------------------------------------------------------------------


def find_named(owner_id: int, rows: list[TableRow], errors: RowErrors) -> list[Named]:
    """Return the rows with their suppliers and products. Record an error for each other row."""
    suppliers = Suppliers(owner_id, [row.values.get("supplier") or "" for row in rows])
    found = FoundProducts(owner_id, [row.values for row in rows], suppliers)
    named: list[Named] = []
    seen: dict[tuple[int, int], int] = {}
    for row in rows:
        if "supplier" not in row.values:  # a malformed cell, which has its error already
            continue
        with errors.of(row.line, row.texts):
            supplier = suppliers.find(row.values["supplier"])
            product = found.find(row.values, supplier)
            first = seen.setdefault((product, supplier.pk), row.line)
            if first != row.line:
                raise Refused("supplier", SAME_OFFER, line=first)
            named.append((row, supplier, product))
    return named


class Suppliers:
    """The live suppliers of an account that texts name: by name, else by id.

    One that was merged means the one that it was merged into, unless a live one has its name.
    """

    def __init__(self, owner_id: int, texts: Iterable[str]) -> None:
        folded = {fold_case(text): parse_id(text) for text in texts if text}
        # The order has the live ones, which are not archived, at its end.
        named = Supplier.objects.filter(owner_id=owner_id).named().select_related("merged_into").order_by("archived_at")
        known = named.filter(merged_into__archived_at=None)
        names = known.filter(name__lower__in=list(folded))
        self.by_name: dict[str, Any] = {fold_case(one.name): one.merged_into or one for one in names}
        ids = [pk for text, pk in folded.items() if pk and text not in self.by_name]
        self.by_id: dict[int, Any] = {one.pk: one.merged_into or one for one in known.filter(pk__in=ids)}

    def find(self, text: str) -> Supplier:
        """Return the supplier. Raise Refused."""
        found: Supplier | None = self.by_name.get(fold_case(text)) or self.by_id.get(parse_id(text) or 0)
        if found is None:
            raise Refused("supplier", NO_SUPPLIER)
        return found


class FoundProducts:
    """The live products that rows name: by SKU, by barcode, or by the number that a supplier has for them."""

    def __init__(self, owner_id: int, rows: list[dict[str, Any]], suppliers: Suppliers) -> None:
        codes = [(name, row[name]) for row in rows for name in ("sku", "barcode") if row.get(name)]
        self.referenced = ReferencedProducts(owner_id, [ProductReference(*code) for code in codes])
        numbers = list({fold_case(row["supplier_sku"]) for row in rows if row.get("supplier_sku")})
        ids = [one.pk for one in (*suppliers.by_name.values(), *suppliers.by_id.values())]
        values = {"owner": owner_id, "suppliers": ids, "numbers": numbers}
        self.by_number: dict[tuple[int, str], list[int]] = defaultdict(list)
        for supplier, number, product in fetch(sql_offers.NAMED, values) if numbers else ():
            self.by_number[supplier, number].append(product)

    def find(self, values: dict[str, Any], supplier: Supplier) -> int:
        """Return the id of the product. Raise Refused."""
        for name in ("sku", "barcode"):
            if values.get(name):
                try:
                    return int(self.referenced.get_live(ProductReference(name, values[name])).pk)
                except ProductNotFound:
                    raise Refused(name, NO_PRODUCT) from None
                except CodeAmbiguous as error:
                    raise Refused(name, str(error)) from None
        number = values.get("supplier_sku")
        if not number:
            raise Refused("supplier", NOT_NAMED)
        found = self.by_number[supplier.pk, fold_case(number)]
        if len(found) != 1:
            raise Refused("supplier_sku", SEVERAL if found else UNKNOWN_NUMBER)
        return found[0]


# Returns the products that get another supplier and have offers, or the supplier of which is archived.
FIND_NEW = f"""
SELECT row.line, product.id, coalesce(product.supplier_id, product.kept_supplier_id), row.supplier_id,
    product.supplier_sku,
    ceil(product.pack_size * power(10::numeric, coalesce(row.decimals, product.decimals) - product.decimals))::bigint,
    product.cost_price
FROM products_product AS product
JOIN {FILE} AS row ON product.owner_id = %(owner)s AND product.id = row.product_id AND row.first_line IS NULL
WHERE product.supplier_id IS DISTINCT FROM row.supplier_id AND (
    product.kept_supplier_id IS NOT NULL
    OR product.id IN (SELECT product_id FROM products_offer WHERE owner_id = %(owner)s)
)
"""  # noqa: S608
# Writes what products get besides the columns of the file. {assignments} are those of columns that it does not have.
TAKE = """
UPDATE products_product AS product SET {assignments}kept_supplier_id = NULL, updated_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(supplier_sku)s::text[], %(pack_size)s::bigint[], %(cost_price)s::numeric[])
    AS taken (id, supplier_sku, pack_size, cost_price)
WHERE product.owner_id = %(owner)s AND product.id = taken.id
"""
CHANGED = """
SELECT id, fields FROM unnest(%(ids)s::bigint[], %(fields)s::jsonb[]) AS given (id, fields) WHERE NOT fields = '{}'
"""
# Keeps the amounts of packs, rounded up, for the offers of products that get other decimals.
RESCALE = f"""
UPDATE products_offer AS offer
SET pack_size = least(ceil(offer.pack_size * power(10::numeric, row.decimals - product.decimals)), {MAX_QUANTITY})
FROM {FILE} AS row
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.decimals <> product.decimals AND offer.owner_id = %(owner)s AND offer.product_id = product.id
    AND offer.supplier_id IS DISTINCT FROM coalesce(product.supplier_id, product.kept_supplier_id)
"""  # noqa: S608


def take_imported_suppliers(cursor: Any, parameters: dict[str, Any], layout: Columns, changes: Recording) -> None:
    """Write the offers of products that are about to get other suppliers, and what the products get of these.

    The columns of the file give way to nothing. Raise InvalidRows for a product with too many offers.
    """
    if "decimals" in layout.names:
        cursor.execute(RESCALE, parameters)
    if "supplier" not in layout.names:
        return
    cursor.execute(FIND_NEW, parameters)
    new, lines = {}, {}
    for line, pk, former, supplier, *own in cursor.fetchall():
        new[pk], lines[pk] = NewSupplier(former, Terms(*own), supplier), line
    if not new:
        return
    try:
        taken = take_suppliers(parameters["owner"], new, changes)
    except TooManyOffers as error:
        refused = RowErrors()
        refused.add_error(lines[error.numbers["product"]], "supplier", str(error), "")
        raise InvalidRows(refused.rows, refused.total) from error
    names = [name for name in IN_PRODUCT if name not in layout.names]
    gets = {pk: {**change.own.in_product(), **taken.get(pk, {})} for pk, change in new.items()}
    values = {name: [each[name] for each in gets.values()] for name in IN_PRODUCT}
    assignments = "".join(f"{name} = taken.{name}, " for name in names)
    cursor.execute(TAKE.format(assignments=assignments), {**parameters, "ids": list(gets), **values})
    fields = [
        json.dumps(compare(change.own, gets[pk], names) | changes.noted.get(pk, {})) for pk, change in new.items()
    ]
    changes.record_known(CHANGED, at=parameters["now"], ids=list(new), fields=fields)


def compare(own: Terms, gets: dict[str, Any], names: list[str]) -> dict[str, list[Any]]:
    """Return the old and the new values of these columns of a product that differ, as the history has them."""
    pairs = {name: [getattr(own, name), gets[name]] for name in names}
    if "cost_price" in pairs:
        pairs["cost_price"] = [write_price(price) for price in pairs["cost_price"]]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
