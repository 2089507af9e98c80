"""Import prices from a file: those of the goods that it names are replaced, all or nothing."""

from collections import defaultdict
from typing import Any

from django.db import transaction

from core.database.transactions import AccountLock, atomic, lock_account
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.errors import Refused, RowErrors
from products.filing.states import CREATED, UNCHANGED, UPDATED, TableFile, TableRow, answer_import
from stock.booking.drafts import ProductReference, by_id
from stock.booking.locks import CODE_FIELDS, ReferencedProducts, lock_products
from stock.errors import CodeAmbiguous, ProductNotFound
from trade.prices.models import GOODS, PriceGroup
from trade.prices.services import GoodsKey, Terms, check_rows, count_terms, make_terms, write_goods
from trade.selling.goods import list_kinds
from trade.selling.prices import PRODUCT
from users.models import User

NO_GROUP = _("You have no price group with this name. Create it first, or leave the cell empty.")
NO_GOODS = _("You have no product or kit with this code. Create it first, or correct the cell.")
NOT_NAMED = _("This row names nothing: enter the SKU, the barcode or the id in another program.")


@atomic
def import_prices(*, by: User, file: TableFile, dry_run: bool) -> dict[str, Any]:
    """Replace the prices of the goods in a file, and return the response. With `dry_run`, nothing is kept.

    The catalogue is locked, then the products in ascending id. Raise InvalidRows.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    errors = file.errors.copy()
    found = find_goods(owner_id, file.rows, errors)
    groups = {fold_case(one.name): one for one in PriceGroup.objects.filter(owner_id=owner_id).order_by("archived_at")}
    locked = lock_products(owner_id, [by_id(pk) for (kind, pk), _name in found.values() if kind == PRODUCT])
    wanted: dict[GoodsKey, list[Terms]] = defaultdict(list)
    first: dict[GoodsKey, TableRow] = {}
    for row in file.rows:
        if row.line not in found or len(row.values) < len(file.columns):  # it has its error already
            continue
        key, _name = found[row.line]
        first.setdefault(key, row)
        with errors.of(row.line, row.texts, "from"):
            terms = read_terms(row.values, groups, key, locked)
            own = [*wanted[key], *([terms] if terms else [])]
            check_rows(own, own, {})
            wanted[key] = own
    errors.raise_if_any()
    noted = {
        kind: write_goods(owner_id, kind, {pk: terms for (of_kind, pk), terms in wanted.items() if of_kind == kind})
        for kind in GOODS
    }
    transaction.set_rollback(dry_run)
    names = dict(found.values())
    rows = [
        {
            "line": first[key].line, **dict.fromkeys(GOODS), key[0]: key[1], "name": names[key],
            "change": tell_change(noted[key[0]].get(key[1])),
        }
        for key in wanted
    ]  # fmt: skip
    return answer_import("prices", rows, dry_run=dry_run)


def find_goods(owner_id: int, rows: list[TableRow], errors: RowErrors) -> dict[int, tuple[GoodsKey, str]]:
    """Return what the rows name by their lines: its key, and its name. Record an error for each other row."""
    named = {
        row.line: next((ProductReference(name, row.values[name]) for name in CODE_FIELDS if row.values.get(name)), None)
        for row in rows
    }
    references = [*filter(None, named.values())]
    products = ReferencedProducts(owner_id, references)
    goods = {key: one for kind in list_kinds() for key, one in kind.find(owner_id, references).items()}
    found: dict[int, tuple[GoodsKey, str]] = {}
    for row in rows:
        with errors.of(row.line, row.texts, CODE_FIELDS[0]):
            reference = named[row.line]
            if reference is None:
                raise Refused(CODE_FIELDS[0], NOT_NAMED)
            one: Any = next((goods[key] for key in reference.keys if key in goods), None)
            kind = one.kind if one else PRODUCT
            one = one or find_product(products, reference)
            found[row.line] = (kind, one.pk), one.name
    return found


def find_product(products: ReferencedProducts, reference: ProductReference) -> Any:
    """Return the product. Raise Refused."""
    try:
        return products.get_live(reference)
    except ProductNotFound:
        raise Refused(reference.field, NO_GOODS) from None
    except CodeAmbiguous as error:
        raise Refused(reference.field, str(error)) from None


def read_terms(values: dict[str, Any], groups: dict[str, PriceGroup], key: GoodsKey, locked: Any) -> Terms | None:
    """Return what a row says, or None of a row without a price. Raise Refused or AmountTooFine."""
    name = values.get("price_group") or ""
    group = groups.get(fold_case(name)) if name else None
    if name and group is None:
        raise Refused("price_group", NO_GROUP)
    if values.get("price") is None:
        return None
    return count_terms(make_terms(group, values), key, locked.find(by_id(key[1])) if key[0] == PRODUCT else None)


def tell_change(noted: Any) -> str:
    """Return what the import did to the prices of goods, by what the history notes of them."""
    return (UPDATED if noted["prices"][0] else CREATED) if noted else UNCHANGED
