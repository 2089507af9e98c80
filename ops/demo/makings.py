"""What the demo shop makes: it packs the tea that it sells loose into bags."""

from decimal import Decimal
from typing import Any

from ops.demo.goods import make_barcode
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, PartLine, by_id
from stock.goods.services import create_product
from stock.making.recipe_services import write_recipe
from stock.making.services import MakingDraft, make
from stock.models import MovementType, OperationReason
from users.models import User

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
