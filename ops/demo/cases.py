"""The cases of the demo shop. They are further codes of some teas, each of which stands for twelve packets."""

from products.models import Product
from stock.booking.product_services import change_product
from users.models import User

CASES = {"TEA-SENCHA": 12, "TEA-EARL": 12, "TEA-MINT": 12}  # the packets in a case, by SKU
CASE_DIGIT = "1"  # the first digit of a case's GTIN-14, which GS1 calls the packaging level


def add_cases(owner: User) -> None:
    """Give each of the teas the code of its case."""
    for product in Product.objects.for_user(owner).live().filter(sku__in=CASES).order_by("id"):
        codes = [{"code": make_case_code(product.barcode), "quantity": CASES[product.sku]}]
        change_product(by=owner, product_id=product.pk, codes=codes)


def make_case_code(barcode: str) -> str:
    """Return the GTIN-14 of a case of the article with this EAN-13."""
    digits = f"{CASE_DIGIT}{barcode[:-1]}"
    weighted_sum = sum(int(digit) * (1 if position % 2 else 3) for position, digit in enumerate(digits))
    return f"{digits}{-weighted_sum % 10}"
