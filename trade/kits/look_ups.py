"""Look up kits: for filters, and by scanned codes."""

from core.pages.look_ups import LookUp
from core.texts.barcodes import GTIN
from products.codes.reading.scanning import ScannedText, make_scan
from products.look_ups import PRODUCTS
from stock.booking.drafts import ProductReference
from trade.kits.models import Kit
from trade.kits.services import CODE_FIELDS, find_kits
from trade.kits.services import FoundKit as KitWithParts
from users.models import User

KITS = LookUp(
    "kit", lambda user: Kit.objects.for_user(user).live(), page="kit-list", further_fields=("sku", "barcode"),
    has_unique_names=False, hint=PRODUCTS.hint,
)  # fmt: skip


def find_code(user: User, text: str) -> int | None:
    """Return the id of the live kit that this SKU, barcode or GTIN in any form names, or None."""
    kit, _matched = find_scanned_kit(user, make_scan(text))
    return kit.pk if kit else None


def find_scanned_kit(user: User, scan: ScannedText) -> tuple[KitWithParts | None, str]:
    """Return the live kit that a scanned text names, or None, and what the text is: its sku, its barcode or a gtin.

    In a shop without kits, no statement is executed.
    """
    shop = user.shop_owner
    if shop is None or not shop.has_kits:
        return None, ""
    references = [ProductReference(name, code) for name in CODE_FIELDS for code in scan.codes if code]
    references += [ProductReference("barcode", scan.gs1.gtin)] if scan.gs1 and scan.gs1.gtin else []
    found = find_kits(shop.pk, references)
    keys = sorted((key for one in references for key in one.keys), key=lambda key: key[0] == GTIN)
    return next(((found[key], key[0]) for key in keys if key in found), (None, ""))
