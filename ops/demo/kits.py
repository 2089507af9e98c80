"""The kits of the demo shop, and what it makes: it packs the tea that it sells loose into bags."""

from decimal import Decimal
from typing import Any

from ops.demo.goods import make_barcode
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, PartLine, ProductReference, by_id
from stock.goods.services import create_product
from stock.making.services import MakingDraft, make, write_recipe
from stock.models import MovementType, OperationReason
from trade.kits.services import create_kit
from trade.selling.services import sell
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


BAGS_OF_A_KILOGRAM, GRAMS = 10, 1000
BAGS, GRAMS_USED = 20, 2010  # 10 g were spilled
NUMBER = 90_000  # of the barcode


def pack_tea(owner: User) -> None:
    """Write the recipe of bags of 100 g, and pack some."""
    loose: Any = Product.objects.for_user(owner).filter(unit="kg").select_related("category", "tax").earliest("id")
    named: dict[str, Any] = {"name": f"{loose.name}, bag of 100 g", "sku": "BAG-100", "barcode": make_barcode(NUMBER)}
    price = (loose.price / BAGS_OF_A_KILOGRAM + Decimal("0.50")).quantize(Decimal("0.1"))
    place: dict[str, Any] = {"category": loose.category.name, "supplier": loose.supplier, "tax": loose.tax}
    bag = create_product(by=owner, price=price, **named, **place)
    tea = by_id(loose.pk)
    write_recipe(by=owner, product_id=bag.pk, makes=BAGS_OF_A_KILOGRAM, parts=[PartLine(tea, GRAMS)])
    draft = OperationDraft(by=owner, reason=OperationReason.MAKING, note="Some was spilled.")
    used = [BookingLine(tea, MovementType.OUT, GRAMS_USED)]
    make(draft=draft, making=MakingDraft(by_id(bag.pk), BAGS), lines=used)
