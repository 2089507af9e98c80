"""Import kits from a file: all or nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, cast

from django.db import transaction

from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.money.amounts import may_rename, scale
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.errors import Refused, RowErrors
from products.filing.states import CREATED, UNCHANGED, UPDATED, TableFile, answer_import
from products.models import Product
from stock.booking.drafts import Key, LockedProduct, PartLine, ProductReference, by_id
from stock.booking.locks import ReferencedProducts, lock_products
from stock.errors import CodeAmbiguous, ProductArchived, ProductNotFound
from stock.making.errors import PartTwice
from stock.models import MAX_PARTS
from trade.kits import services
from trade.kits.errors import KitInKit
from trade.kits.services import change_kit, create_kit, find_kits, is_code_of_kit
from trade.selling.drafts import CODE_FIELDS, FoundGoods
from users.models import User

TWO_KITS = _("The SKU is that of the kit {first}, and the barcode that of the kit {second}: correct one of them.")
SEVERAL_KITS = _("Several kits have this name: enter the SKU or the barcode of one.")
SAME_KIT = _("This is the kit of line {line}, named in another way: enter the same name, SKU and barcode in each row.")
NAMELESS = _("There is no kit with this code. To create one, enter its name.")
NO_SUCH_PART = _("You have no product with this SKU, barcode or name. Create it first, or correct the cell.")
OTHER_UNIT = _("This product is counted in {unit}, and not in {other}: enter the quantity in {unit}.")
SEVERAL_PRODUCTS = _("Several products have this name: enter the SKU or the barcode of one.")


class FilePart(NamedTuple):
    """A row of the file: a part of a kit, by the text that names the product, and its amount in one kit.

    `unit` is that of the amount, empty if the row does not say it. `cells` has the texts of the row by column.
    """

    line: int
    text: str
    amount: Any
    unit: str
    cells: dict[str, str]


@dataclass
class FileKit:
    """The rows of one kit. `fields` has what the file says of it, and lacks the columns that the file lacks.

    `cells` has the texts of its first row by column.
    """

    line: int
    cells: dict[str, str]
    fields: dict[str, Any]
    parts: list[FilePart] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def label(self) -> str:
        """Return the name, else a code, of the kit."""
        return str(next(self.fields[name] for name in ("name", "sku", "barcode") if name in self.fields))


@atomic
def import_kits(*, by: User, file: TableFile, dry_run: bool) -> dict[str, Any]:
    """Create and change the kits of the file, and return the response. With `dry_run`, nothing is kept.

    A kit is found by its SKU, its barcode or its name, and the rows of the file are all of its parts. The catalogue is
    locked first, then the products of all parts in ascending id. Raise InvalidRows.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    errors = file.errors.copy()
    present = match_kits(owner_id, file, errors)
    had = {part[0] for kit in present.values() if kit for part in kit.parts}
    products = FoundParts(owner_id, {part.text for kit in file.rows for part in kit.parts}, had)
    written = [
        (kit, *write_kit(by, kit, present[kit.line], products, errors)) for kit in file.rows if kit.line in present
    ]
    errors.raise_if_any()
    transaction.set_rollback(dry_run)
    rows = [
        {"line": kit.line, "kit": None if dry_run and change == CREATED else pk, "name": kit.label, "change": change}
        for kit, change, pk in written
    ]
    return answer_import("kits", rows, dry_run=dry_run)


# --- Kits -------------------------------------------------------------------------------------------------


def match_kits(owner_id: int, file: TableFile, errors: RowErrors) -> dict[int, FoundGoods | None]:
    """Return the kits of the shop by the line of the file, None for a new one. Record an error for each other line."""
    named = find_named(services.NAMED_KITS, owner_id, {kit.name for kit in file.rows})
    references = [reference for kit in file.rows for reference in list_references(kit)]
    references += [ProductReference("kit", pk) for pks in named.values() for pk in pks]
    found, matched, seen = find_kits(owner_id, references), dict[int, FoundGoods | None](), dict[Key, int]()
    for kit in file.rows:
        with errors.of(kit.line, kit.cells):
            namesakes = [found["kit", pk] for pk in named.get(fold_case(kit.name), ())]
            one = match_kit(kit, found, namesakes, has_codes={*CODE_FIELDS}.issubset(file.columns))
            note_kit(kit, one, seen)
            matched[kit.line] = one
    return matched


def find_named(statement: str, owner_id: int, names: Iterable[str]) -> dict[str, list[int]]:
    """Return the ids of the live rows with these names, by the name in small letters."""
    found: dict[str, list[int]] = defaultdict(list)
    folded = [fold_case(name) for name in names if name]
    for pk, name in fetch(statement, {"owner": owner_id, "names": folded}) if folded else ():
        found[fold_case(name)].append(pk)
    return found


def list_references(kit: FileKit) -> list[ProductReference]:
    return [ProductReference(name, kit.fields[name]) for name in CODE_FIELDS if name in kit.fields]


def match_kit(
    kit: FileKit, found: Mapping[Key, FoundGoods], namesakes: list[FoundGoods], *, has_codes: bool
) -> FoundGoods | None:
    """Return the kit that the rows name: by a code, else by its name. None is a new one. Raise Refused.

    A kit with another code than the row is another one. With `has_codes`, the file has columns for both codes, so that
    a row without codes can be the only kit of this name without any.
    """
    by_code = [found[key] for one in list_references(kit) for key in one.keys if key in found]
    if len({one.pk for one in by_code}) > 1:
        raise Refused("barcode", TWO_KITS, first=by_code[0].name, second=by_code[-1].name)
    if by_code:
        return by_code[0]
    fitting = [one for one in namesakes if not any(getattr(one, name) for name in CODE_FIELDS if name in kit.fields)]
    without = [one for one in fitting if not (one.sku or one.barcode)]
    if has_codes and len(without) == 1:
        fitting = without
    if len(fitting) > 1:
        raise Refused("kit", SEVERAL_KITS)
    if not (fitting or kit.name):
        raise Refused("kit", NAMELESS)
    return fitting[0] if fitting else None


def note_kit(kit: FileKit, found: FoundGoods | None, seen: dict[Key, int]) -> None:
    """Add the kit to those of the file by what tells them apart. Raise Refused if other rows name it, too."""
    name = fold_case(kit.name)
    codes: list[Key] = [(one.field, fold_case(str(one.value))) for one in list_references(kit)]
    if found:
        keys: list[Key] = [("kit", found.pk)]
        others = keys
    else:  # of two new kits with one name, both have codes
        keys = [*codes, ("coded" if codes else "plain", name)]
        others = [*codes, ("plain", name), *([] if codes else [("coded", name)])]
    if line := next((seen[key] for key in others if key in seen), None):
        raise Refused("kit", SAME_KIT, line=line)
    seen |= dict.fromkeys(keys, kit.line)


def write_kit(
    by: User, kit: FileKit, present: FoundGoods | None, products: "FoundParts", errors: RowErrors
) -> tuple[str, int | None]:
    """Create or change the kit, if its rows are right. Return what was done, and its id."""
    before = errors.total
    had = {part[0]: part[1] for part in present.parts} if present else {}
    parts = read_parts(kit, had, products, errors)
    if errors.total > before:
        return UNCHANGED, None
    changed = {name: value for name, value in kit.fields.items() if not present or value != getattr(present, name)}
    lines = [PartLine(by_id(pk), each) for pk, each in parts.items()]
    with errors.of(kit.line, kit.cells, "kit"):
        if present is None:
            return CREATED, create_kit(by=by, parts=lines, **changed).pk
        if changed or parts != had:
            change_kit(by=by, pk=present.pk, parts=None if parts == had else lines, **changed)
            return UPDATED, present.pk
    return UNCHANGED, present.pk if present else None


# --- Parts ------------------------------------------------------------------------------------------------


class FoundParts:
    """The products that the parts of a file name, and those that the kits of the file have, also archived ones.

    They are locked until the transaction ends.
    """

    def __init__(self, owner_id: int, texts: Iterable[str], had: Iterable[int]) -> None:
        self.owner_id, texts = owner_id, [*texts]
        references = [ProductReference(field, text) for text in texts for field in CODE_FIELDS]
        self.referenced = ReferencedProducts(owner_id, references)
        self.named = find_named(services.NAMED_PRODUCTS, owner_id, texts)
        ids = {product.pk for product in self.referenced.products}.union(had, *self.named.values())
        self.locked = lock_products(owner_id, [by_id(pk) for pk in ids])
        self.units = dict(Product.objects.filter(owner_id=owner_id, pk__in=ids).values_list("pk", "unit"))

    def find(self, text: str, had: Collection[int]) -> int:
        """Return the id of the product with this SKU, barcode or name: one that the kit has, else the surest one.

        Of those that the kit has, archived ones are found, too. Raise Refused.
        """
        own = [pk for pk in had if fold_case(text) in self.list_texts(pk)]
        if len(own) == 1:
            return own[0]
        by_code = [pk for field in CODE_FIELDS if (pk := self.find_code(ProductReference(field, text)))]
        ids: list[int] = [*dict.fromkeys([*by_code, *self.named.get(fold_case(text), ())])]
        kept = [pk for pk in ids if pk in had]
        if len(kept) == 1 or by_code or len(ids) == 1:
            return (kept if len(kept) == 1 else ids)[0]
        if ids:
            raise Refused("part", SEVERAL_PRODUCTS)
        is_kit = is_code_of_kit(self.owner_id, ProductReference("sku", text))
        raise Refused("part", KitInKit.detail if is_kit else NO_SUCH_PART)

    def count_units(self, pk: int, amount: Decimal, unit: str) -> int:
        """Return the amount as a quantity of the product, which may be archived.

        Raise Refused for another unit, AmountTooFine or StockLimitExceeded.
        """
        product = self.get(pk)
        if unit and not may_rename(self.units[pk], unit, product.decimals):
            raise Refused("quantity", OTHER_UNIT, unit=self.units[pk], other=unit)
        return product.count_units(amount)

    def get(self, pk: int) -> LockedProduct:
        """Return the product with this id, which may be archived."""
        return cast("LockedProduct", self.locked.find(by_id(pk)))

    def list_texts(self, pk: int) -> list[str]:
        """Return the SKU, the barcode and the name of the product in small letters, without empty ones."""
        product = self.get(pk)
        return [fold_case(text) for text in (product.sku, product.barcode, product.name) if text]

    def find_code(self, reference: ProductReference) -> int | None:
        """Return the id of the product with this code, or None. Raise Refused if several products share a GTIN."""
        try:
            return int(self.referenced.get_live(reference).pk)
        except ProductNotFound:
            return None
        except CodeAmbiguous as error:
            raise Refused("part", str(error)) from None


def read_parts(kit: FileKit, had: dict[int, int], products: FoundParts, errors: RowErrors) -> dict[int, int]:
    """Return the quantities of the parts by the ids of their products. Record the errors of their rows.

    An archived product can only stay in a kit whose parts do not change.
    """
    parts: dict[int, int] = {}
    archived: list[tuple[FilePart, int]] = []
    if len(kit.parts) > MAX_PARTS:
        part = kit.parts[MAX_PARTS]
        errors.add_error(
            part.line, "part", fill("A kit has at most {limit} parts.", limit=MAX_PARTS), part.cells["part"]
        )
    saved = match_saved(kit.parts, had, products)
    for part in kit.parts:
        with errors.of(part.line, part.cells, "quantity"):
            pk = saved.get(part.line) or products.find(part.text, had)
            if pk in parts:
                raise Refused("part", PartTwice.detail)
            parts[pk] = products.count_units(pk, part.amount, part.unit)
            archived += [(part, pk)] if products.get(pk).archived_at else []
    for part, pk in archived if parts != had else ():
        errors.add_error(part.line, "part", str(ProductArchived(product=pk)), part.cells["part"])
    return parts


def match_saved(rows: list[FilePart], had: dict[int, int], products: FoundParts) -> dict[int, int]:
    """Return the parts that the kit has by the lines of the rows that name them as a saved file does.

    Several parts can have one text there, such as a name. Then there are as many rows with it, and those with the
    quantity of a part are its rows; the others are those of the other parts in their order.
    """
    parts: dict[str, list[int]] = defaultdict(list)
    named: dict[str, list[FilePart]] = defaultdict(list)
    for pk in had:
        parts[products.list_texts(pk)[0]].append(pk)
    for row in rows:
        named[fold_case(row.text)].append(row)
    saved: dict[int, int] = {}
    for text, pks in parts.items():
        if len(named[text]) == len(pks):
            amounts = {pk: scale(had[pk], products.get(pk).decimals) for pk in pks}
            for row in sorted(named[text], key=lambda row: row.amount not in amounts.values()):
                pk = next((pk for pk, amount in amounts.items() if amount == row.amount), next(iter(amounts)))
                saved[row.line] = pk
                del amounts[pk]
    return saved
