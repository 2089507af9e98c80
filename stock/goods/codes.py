"""The services that add one further code to a product, and remove one. Concurrent requests lose none.

Both replace all codes by change_product(), under the lock of the product. So its rules count for each of them.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from core.ownership import accept
from core.texts.barcodes import make_key
from core.texts.cleaning import fold_case
from products.codes.services import TOO_MANY, Taken, describe_taken
from products.models import MAX_CODES, Code, Product
from products.querysets import ProductQuerySet
from stock.goods.services import change_product, select_products
from users.models import User


@atomic
def add_code(
    *,
    by: User,
    product_id: int,
    code: str,
    quantity: int,
    products: ProductQuerySet | None = None,
    check: Callable[[Product], None] = accept,
) -> tuple[Product, bool]:
    """Give the product one more code. Return the product, and whether it did not have the code with this quantity.

    `products` and `check` are as in change_product(). Raise Product.DoesNotExist, or ValidationError if the code is
    taken, stands for another quantity, or is one too many.
    """
    product = lock_product(by, product_id, products, check)
    if known := find_code(product, code):
        if known["quantity"] == quantity:
            return product, False
        taken = Taken("codes", code, "codes", product.pk, product.name, product.pk)
        raise ValidationError({"codes": [describe_taken(taken)]})
    if len(product.codes) >= MAX_CODES:
        raise ValidationError({"codes": [gettext(TOO_MANY).format(MAX_CODES)]})
    codes = [*product.codes, {"code": code, "quantity": quantity}]
    return change_product(by=by, product_id=product_id, codes=codes, products=products), True


@atomic
def remove_code(
    *,
    by: User,
    product_id: int,
    code: str,
    products: ProductQuerySet | None = None,
    check: Callable[[Product], None] = accept,
) -> None:
    """Take a code away from the product. Raise Product.DoesNotExist, or Code.DoesNotExist if it does not have it."""
    product = lock_product(by, product_id, products, check)
    known = find_code(product, code)
    if known is None:
        raise Code.DoesNotExist
    change_product(by=by, product_id=product_id, codes=[row for row in product.codes if row != known])


def lock_product(
    by: User, product_id: int, products: ProductQuerySet | None, check: Callable[[Product], None]
) -> Product:
    product: Product = select_products(by, products).live().get_locked(product_id)
    check(product)
    return product


def find_code(product: Product, code: str) -> dict[str, Any] | None:
    """Return the further code of the product that equals this one, ignoring case, or else that with the same GTIN."""
    for make in (fold_case, make_key):
        if found := next((row for row in product.codes if make(row["code"]) == make(code)), None):
            return found
    return None
