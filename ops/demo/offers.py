"""What further suppliers offer the demo shop."""

from decimal import Decimal
from typing import Any

from ops.demo.goods import HERBS, TIN
from products.models import Product
from products.offers.services import create_offer
from suppliers.models import Supplier
from users.models import User

# By the SKU of the product: the supplier, its number, its pack, the share of the cost price, and what else it says.
OFFERS: dict[str, list[tuple[str, str, int, str, dict[str, Any]]]] = {
    "TEA-SENCHA": [
        (HERBS, "LHF-0412", 4, "1.06", {"lead_days": 3, "note": "Delivers within three days."}),
        (TIN, "TL-SEN-100", 24, "0.92", {"min_packs": 2}),
    ],
    "CUP-BLUE": [(TIN, "TL-BLUE", 12, "0.95", {"min_packs": 3})],
}


def add_offers(owner: User) -> None:
    """Let two products have offers of two or three suppliers."""
    suppliers = {one.name: one for one in Supplier.objects.for_user(owner)}
    for sku, offers in OFFERS.items():
        product: Any = Product.objects.for_user(owner).get(sku=sku)
        for name, number, pack, share, further in offers:
            cost = (product.cost_price * Decimal(share)).quantize(Decimal("0.01"))
            values = {"supplier_sku": number, "pack_size": pack, "cost_price": cost, **further}
            create_offer(by=owner, product=product, supplier=suppliers[name], **values)
