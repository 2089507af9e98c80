"""Find differences between the response for another shop's row and the response for a missing row."""

import re
from urllib.parse import urlencode

from django.db.models import ForeignKey

from products.models import Category, Product
from stock.models import Location, Lot
from suppliers.models import Supplier
from testing.cast.shops import OWNED
from trade.customers.models import Customer
from trade.sales.models import Number
from users.models import ApiKey, Factor, User

MISSING_ID = 87_654_321  # no row has this id; it has eight digits like all ids of the test world
MISSING_WORD = f"word{MISSING_ID}"
ID_PATTERN = re.compile(r"\b\d{8,11}\b")  # ids are longer after a test that has imported a shop
TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
CSRF_TOKEN_PATTERN = re.compile(r"\b[A-Za-z0-9]{64}\b")
API_KEY_PATTERN = re.compile(r'inv_\w{12}_[\w-]{43}|"prefix":"\w{12}"')
SECRET_PATTERN = re.compile(r"whsec_[A-Za-z0-9+/=]+")
FORM_KEY_PATTERN = re.compile(r'name="_idempotency_key" value="[^"]*"')

# The names under which a request may send an id, with the model of each. They come from the foreign keys of the models.
# A `number` is not the id of the row of a sale's number: no request sends that.
LINKS = [field for model in (*OWNED, User) for field in model._meta.local_fields if isinstance(field, ForeignKey)]
MODELS_BY_ID_NAME = {
    model._meta.model_name: model for model in (*OWNED, User, ApiKey, Factor) if model is not Number
} | {field.name: field.related_model for field in LINKS}
MODELS_BY_ID_NAME |= {"id": Product, "item": Product, "from": Location, "to": Location, "from_location": Location}
MODELS_BY_ID_NAME |= {"into": Customer}
MISSING_IDS = dict.fromkeys(MODELS_BY_ID_NAME, MISSING_ID)


def codes_of(shop, named=Product):
    """Return the codes and names that can refer to the shop's rows. `name` is that of the row of the model `named`."""
    product, supplier, category = (shop.rows[model] for model in (Product, Supplier, Category))
    codes = {"sku": product.sku, "barcode": product.barcode, "category": category.name, "supplier": supplier.name}
    codes |= dict.fromkeys(("location", "from", "to"), shop.rows[Location].name) | {"lot": shop.rows[Lot].code}
    return codes | {"external_id": product.external_id, "name": shop.rows[named].name}


def ids_of(shop):
    """Return the id of the shop's row for every name under which a request may send an id."""
    return {name: shop.id_of(model) for name, model in MODELS_BY_ID_NAME.items()}


def mask_answer(answer, sent):
    """Mask the parts that differ for other reasons: the value that was sent, times, tokens, keys, secrets, new ids."""
    content, location = answer.content, answer.headers.get("Location", "")
    # A shorter value may be part of a longer one.
    for value in sorted(set(map(str, sent.values())), key=len, reverse=True):
        content = content.replace(urlencode({"": value})[1:], "MASKED").replace(value, "MASKED")
        location = location.replace(value, "MASKED")
    keys = (API_KEY_PATTERN, FORM_KEY_PATTERN, SECRET_PATTERN)
    for pattern in (TIME_PATTERN, *keys, ID_PATTERN, CSRF_TOKEN_PATTERN):
        content = pattern.sub("MASKED", content)
    vary = answer.headers.get("Vary", "").replace(", Accept-Encoding", "")  # only long answers are compressed
    headers = {**answer.headers, "Content-Length": "", "Location": location, "Vary": vary}
    return answer._replace(content=content, headers=headers)


def find_differences(requests, values, missing):
    """Yield the title of each request whose response differs from the one for `missing` values, with its values.

    `requests` are pairs of a title and a function that sends values. `values` are dicts from names to values, and each
    request uses the names that it has a place for. No response for missing values may be a 5xx.
    """
    for title, send in requests:
        expected = mask_answer(send(missing), missing)
        assert expected.status < 500, title
        yield from ((title, str(value)) for value in values if mask_answer(send(value), value) != expected)
