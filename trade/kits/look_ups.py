"""Look up kits for filters."""

from core.pages.look_ups import LookUp
from products.look_ups import PRODUCTS
from trade.kits.models import Kit

KITS = LookUp(
    "kit", lambda user: Kit.objects.for_user(user).live(), page="kit-list", further_fields=("sku", "barcode"),
    has_unique_names=False, hint=PRODUCTS.hint,
)  # fmt: skip
