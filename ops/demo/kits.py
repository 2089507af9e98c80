"""The kits of the demo shop: a gift with a price of its own, and a set for the sum of the prices of its parts."""

from decimal import Decimal
from typing import Any

from stock.booking.drafts import BookingLine, OperationDraft, PartLine, ProductReference
from stock.models import MovementType, OperationReason
from trade.kits.sale_services import sell
from trade.kits.services import create_kit
from users.models import User

GIFT: dict[str, Any] = {"name": "Tea for two", "sku": "KIT-TWO", "price": Decimal("22.50")}
SET: dict[str, Any] = {"name": "Herbs and a sieve", "sku": "KIT-HERBS", "price": None}
PARTS = {"KIT-TWO": {"TEA-EARL": 2, "SIEVE": 1}, "KIT-HERBS": {"TEA-MINT": 1, "TEA-CAMO": 1, "SIEVE": 1}}


def make_kits(owner: User) -> None:
    """Create two kits, and sell the gift."""
    for kit in (GIFT, SET):
        parts = [PartLine(ProductReference("sku", sku), quantity) for sku, quantity in PARTS[kit["sku"]].items()]
        create_kit(by=owner, parts=parts, **kit)
    owner.refresh_from_db(fields=["has_kits"])
    draft = OperationDraft(by=owner, reason=OperationReason.SALE, reference="web order 9004")
    sell(draft=draft, lines=[BookingLine(ProductReference("sku", GIFT["sku"]), MovementType.OUT, 1)])
