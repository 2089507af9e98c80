"""A GTIN in its forms, and products that share one."""

from products.models import Product
from testing.cast.people import make_product
from users.models import User

UPC = "042100005264"
EAN, GTIN = f"0{UPC}", f"00{UPC}"
UPC_E = "04252614"
FORMS = (UPC, EAN, GTIN)


def make_pair(owner: User, barcodes: tuple[str, str] = (UPC, EAN)) -> tuple[Product, Product]:
    """Return two products that have one GTIN in two forms, as release 1.1.0 allowed."""
    cup, mug = (make_product(owner, name, 10, sku=name.upper()) for name in ("Cup", "Mug"))
    for product, barcode in zip((cup, mug), barcodes, strict=True):
        Product.objects.filter(pk=product.pk).update(barcode=barcode)
    return cup, mug
