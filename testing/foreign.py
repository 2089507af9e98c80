"""How a foreign row is told from a missing one, if it is: by any difference between two answers."""

import re
from urllib.parse import urlencode

from django.db.models import ForeignKey

from products.models import Category, Product
from suppliers.models import Supplier
from testing.shops import OWNED
from users.models import User

MISSING_ID = 87_654_321  # an id of eight digits like all of them, that no row has
MISSING_WORD = f"word{MISSING_ID}"
ID_PATTERN = re.compile(r"\b\d{8}\b")
TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
CSRF_TOKEN_PATTERN = re.compile(r"\b[A-Za-z0-9]{64}\b")

# What an id may be called, by what is linked in the database, and the row that it is an id of.
LINKS = [field for model in (*OWNED, User) for field in model._meta.local_fields if isinstance(field, ForeignKey)]
MODELS_BY_ID_NAME = {model._meta.model_name: model for model in (*OWNED, User)} | {
    field.name: field.related_model for field in LINKS
}
MODELS_BY_ID_NAME |= {"id": Product, "item": Product}
MISSING_IDS = dict.fromkeys(MODELS_BY_ID_NAME, MISSING_ID)


def codes_of(shop, name=Product):
    """What the shop's rows can be called by instead of an id; `name` may be that of a row of any kind."""
    product, supplier, category = (shop.rows[model] for model in (Product, Supplier, Category))
    codes = {"sku": product.sku, "barcode": product.barcode, "category": category.name, "supplier": supplier.name}
    return codes | {"name": shop.rows[name].name}


def ids_of(shop):
    """The shop's row of each kind by every name an id goes by."""
    return {name: shop.id_of(model) for name, model in MODELS_BY_ID_NAME.items()}


def mask_answer(answer, sent):
    """The answer without the value that was sent, times, tokens of forms, and ids: a new row has a new one."""
    content = answer.content
    for value in set(sent.values()):
        content = content.replace(urlencode({"": value})[1:], "BLOT").replace(str(value), "BLOT")
    for pattern in (TIME_PATTERN, ID_PATTERN, CSRF_TOKEN_PATTERN):
        content = pattern.sub("BLOT", content)
    return answer._replace(content=content, headers={**answer.headers, "Content-Length": ""})


def find_differences(requests, values, missing):
    """What was asked, and with which values, wherever they are answered otherwise than missing ones, or by a 5xx.

    The values come by their names; each request takes those it has a place for.
    """
    for what, ask in requests:
        as_missing = mask_answer(ask(missing), missing)
        assert as_missing.status < 500, what
        yield from ((what, str(value)) for value in values if mask_answer(ask(value), value) != as_missing)
