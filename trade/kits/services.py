"""The services that write kits. Each change locks the account's catalogue first, then the products of its parts."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from core import archiving
from core.archiving import lock_in_catalogue
from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.model_fields import merge_metadata
from core.ownership import accept, save_fields
from core.texts.barcodes import GTIN
from core.texts.cleaning import fold_case
from products.codes.services import NewCode, find_taken
from products.models import KitCode, sql_codes
from records.events.models import EventType
from records.events.services import record
from records.history.models import recorded
from stock.booking.drafts import Key, PartLine, ProductReference
from stock.booking.locks import lock_products
from stock.errors import ProductNotFound
from stock.making.errors import PartTwice
from trade.kits.errors import KitCodeTaken, KitInKit
from trade.kits.models import KIT, Kit, KitPart
from trade.selling.drafts import CODE_FIELDS, FoundGoods
from users.models import User

# Returns the kits that these ids and codes name, each with its parts in their order. Archived kits are found by id.
FIND_KITS = f"""
SELECT kit.id, kit.name, kit.sku, kit.barcode, kit.price, kit.archived_at IS NOT NULL,
    ARRAY(
        SELECT ARRAY[part.product_id, part.quantity] FROM kits_kitpart AS part
        WHERE part.owner_id = %(owner)s::bigint AND part.kit_id = kit.id ORDER BY part.id
    )
FROM kits_kit AS kit
WHERE kit.owner_id = %(owner)s::bigint AND (
    kit.id = ANY(%(kit)s::bigint[])
    OR kit.archived_at IS NULL AND NOT kit.sku = '' AND lower(kit.sku) = ANY(%(sku)s::text[])
    OR kit.archived_at IS NULL AND NOT kit.barcode = '' AND lower(kit.barcode) = ANY(%(barcode)s::text[])
    OR kit.archived_at IS NULL AND {sql_codes.GTIN.format(column="kit.barcode")} = ANY(%(gtin)s::text[])
)
"""  # noqa: S608, a constant

RELEASE_CODES = """
DELETE FROM products_kitcode WHERE owner_id = %(owner)s::bigint AND lower(code) = ANY(%(codes)s::text[])
"""

# Returns the live products with these names in small letters, each with its name.
NAMED_PRODUCTS = """
SELECT id, lower(name) FROM products_product
WHERE owner_id = %(owner)s::bigint AND archived_at IS NULL AND lower(name) = ANY(%(names)s::text[])
"""
NAMED_KITS = NAMED_PRODUCTS.replace("products_product", "kits_kit")


def find_kits(owner_id: int, references: Iterable[ProductReference]) -> dict[Key, FoundGoods]:
    """Return the kits of the account that these ids and codes name, by their keys."""
    sought: dict[str, list[Any]] = {name: [] for name in (KIT, *CODE_FIELDS, GTIN)}
    for name, value in (key for reference in references if reference.field in sought for key in reference.keys):
        sought[name].append(value)
    found: dict[Key, FoundGoods] = {}
    for row in fetch(FIND_KITS, {"owner": owner_id, **sought}):
        kit = FoundGoods(KIT, *row)
        found |= dict.fromkeys(kit.list_keys(), kit)
    return found


@atomic
def create_kit(*, by: User, parts: list[PartLine], metadata: dict[str, Any] | None = None, **fields: Any) -> Kit:
    """Create a kit in the user's account, and return it.

    Raise KitInKit, PartTwice, ProductNotFound, ProductArchived, AmountTooFine or KitCodeTaken.
    """
    owner_id: Any = by.account_id
    lock_account(owner_id, AccountLock.CATALOGUE)
    quantities = find_parts(owner_id, parts)
    take_codes(owner_id, list_codes(fields))
    with recorded(Kit, owner_id):
        kit: Kit = Kit.objects.create(owner_id=owner_id, metadata=merge_metadata({}, metadata or {}), **fields)
        insert_parts(kit, quantities)
    User.objects.filter(pk=owner_id, has_kits=False).update(has_kits=True)
    record_kit(kit, EventType.KIT_CREATED)
    return kit


@atomic
def change_kit(
    *,
    by: User,
    pk: int,
    parts: list[PartLine] | None = None,
    check: Callable[[Kit], None] = accept,
    **fields: Any,
) -> Kit:
    """Save the given fields of a live kit, and return it. If parts are given, they replace its parts.

    `check` gets the locked kit before any change, and refuses the change by an exception. Raise Kit.DoesNotExist, or an
    error of create_kit().
    """
    owner_id: Any = by.account_id
    kit: Kit = lock_in_catalogue(Kit.objects.live(), owner_id, pk)
    check(kit)
    quantities = None if parts is None else find_parts(owner_id, parts)
    if "metadata" in fields:
        fields["metadata"] = merge_metadata(kit.metadata, fields["metadata"])
    present = {name: getattr(kit, name) for name in CODE_FIELDS}
    replace_codes(owner_id, list_codes(present), list_codes({**present, **fields}))
    with recorded(Kit, owner_id, [pk], is_locked=True) as changes:
        if quantities is not None:
            KitPart.objects.filter(owner_id=owner_id, kit=kit)._raw_delete(KitPart.objects.db)
            insert_parts(kit, quantities)
        save_fields(kit, fields)
    if pk in changes.changed:
        record_kit(kit, EventType.KIT_CHANGED)
    return kit


@atomic
def archive_kit(*, owner_id: int, pk: int, check: Callable[[Kit], None] = accept) -> None:
    """Archive the kit. Its codes are free from now on. Raise Kit.DoesNotExist."""
    archiving.archive(Kit, owner_id=owner_id, pk=pk, check=check)
    kit = Kit.objects.get(owner_id=owner_id, pk=pk)
    release_codes(owner_id, list_codes(vars(kit)))
    record_kit(kit, EventType.KIT_ARCHIVED)


@atomic
def restore_kit(*, owner_id: int, pk: int) -> Kit:
    """Bring the kit back, and return it. Raise Kit.DoesNotExist, KitCodeTaken, or NameTaken for its external id."""
    kit: Kit = lock_in_catalogue(Kit.objects.all(), owner_id, pk)
    if kit.archived_at is not None:
        take_codes(owner_id, list_codes(vars(kit)))
        kit = archiving.restore(Kit, owner_id=owner_id, pk=pk)
        record_kit(kit, EventType.KIT_CHANGED)
    return kit


def find_parts(owner_id: int, parts: list[PartLine]) -> dict[int, int]:
    """Lock the products of the parts, and return the quantities by their ids. The errors are those of create_kit()."""
    locked = lock_products(owner_id, [part.product for part in parts])
    quantities: dict[int, int] = {}
    for place, part in enumerate(parts):
        try:
            product = locked.get_live(part.product)
        except ProductNotFound:
            if is_code_of_kit(owner_id, part.product):
                raise KitInKit(kit=part.product.value) from None
            raise
        if product.product_id in quantities:
            raise PartTwice(part=place, product=product.product_id)
        quantities[product.product_id] = product.count_units(part.quantity)
    return quantities


def is_code_of_kit(owner_id: int, reference: ProductReference) -> bool:
    """Return whether the reference is the SKU or the barcode of a live kit."""
    if reference.field not in CODE_FIELDS:
        return False
    return KitCode.objects.filter(owner_id=owner_id, code__iexact=str(reference.value)).exists()


def insert_parts(kit: Kit, quantities: dict[int, int]) -> None:
    rows = [KitPart(owner_id=kit.owner_id, kit=kit, product_id=pk, quantity=each) for pk, each in quantities.items()]
    KitPart.objects.bulk_create(rows)


def record_kit(kit: Kit, event_type: str) -> None:
    record(owner_id=kit.owner_id, event_type=event_type, data={"kit": kit.pk})


# --- Codes ------------------------------------------------------------------------------------------------


def list_codes(values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the codes of a kit by their text in small letters, each with its field and its text."""
    return {fold_case(values[name]): (name, values[name]) for name in CODE_FIELDS if values.get(name)}


def take_codes(owner_id: int, codes: dict[str, tuple[str, str]]) -> None:
    """Insert the codes of a kit. Raise KitCodeTaken if a product or another kit has one of them.

    The lock is that of confirm_codes() in products.codes.services, so no product takes one of them at the same time.
    """
    if not codes:
        return
    lock_account(owner_id, AccountLock.CODES)
    if taken := find_taken(owner_id, [NewCode(code, "codes", 0) for _, code in codes.values()]):
        field, code = codes[fold_case(taken[0].code)]
        raise KitCodeTaken(field=field, value=code, product=taken[0].other_id or None)
    KitCode.objects.bulk_create([KitCode(owner_id=owner_id, code=code) for _, code in codes.values()])


def replace_codes(owner_id: int, present: dict[str, tuple[str, str]], given: dict[str, tuple[str, str]]) -> None:
    """Delete the codes that a kit no longer has, and insert those that it did not have. Raise KitCodeTaken."""
    release_codes(owner_id, present.keys() - given.keys())
    take_codes(owner_id, {key: code for key, code in given.items() if key not in present})


def release_codes(owner_id: int, codes: Collection[str]) -> None:
    """Delete these codes, which are in small letters, so that a product or another kit can have them."""
    if codes:
        execute(RELEASE_CODES, {"owner": owner_id, "codes": list(codes)})
