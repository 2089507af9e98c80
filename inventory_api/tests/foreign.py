"""How a foreign row is told from a missing one, if it is: by any difference between two answers."""

import re
from urllib.parse import urlencode

from products.models import Category, Product
from suppliers.models import Supplier

MISSING = 87_654_321  # an id of eight digits like all of them, that no row has
MISSING_WORD = f"word{MISSING}"
ID = re.compile(r"\b\d{8}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
CSRF_TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")


def codes_of(shop):
    """What a shop's rows can be called by instead of an id."""
    product, supplier, category = (shop.rows[model] for model in (Product, Supplier, Category))
    return [product.sku, product.barcode, product.name, supplier.name, category.name]


def ids_of(shop):
    return [row.pk for row in shop.rows.values()] + [shop.owner.pk]


def blotted(answer, sent):
    """The answer without the value that was sent, times, tokens of forms, and ids: a new row has a new one."""
    content = answer.content
    for value in sent.values() if isinstance(sent, dict) else [sent]:
        content = content.replace(urlencode({"": value})[1:], "BLOT").replace(str(value), "BLOT")
    for pattern in (TIME, ID, CSRF_TOKEN):
        content = pattern.sub("BLOT", content)
    return answer._replace(content=content, headers={**answer.headers, "Content-Length": ""})


def told_apart(requests, values, missing):
    """(what was asked, value) wherever a value is answered otherwise than one that is missing, or by a 5xx."""
    for what, ask in requests:
        as_missing = blotted(ask(missing), missing)
        assert as_missing.status < 500, what
        yield from ((what, str(value)) for value in values if blotted(ask(value), value) != as_missing)
