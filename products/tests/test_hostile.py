"""Hostile values for every writable field of a product always get a 4xx in JSON, and nothing is written.

Each run sends a seeded half of the values, each with one method in turn; HOSTILE=all (`make hostile`) sends all of them
with each method.
"""

import json
import os
import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework import serializers

from core.fields import DateField, QuantityField
from core.serializers import CostPriceField
from products.models import Category, Product
from products.serializers import ProductSerializer
from stock.models import Movement, Operation
from suppliers.models import Supplier
from testing.cast.people import make_product

URL = "/api/products/"
METHODS = ("POST", "PUT", "PATCH")
SEED = 1
TESTS_ALL = os.environ.get("HOSTILE") == "all"

# The values as JSON source.
TYPES = ["true", "false", "[]", "[1]", '["x"]', "[[[]]]", "{}", '{"id": 1}']
NOT_JSON = ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1_0", "\uff11", "0x10", "'x'", "9" * 5000, "[" * 10_000]
CHARACTERS = ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"a\\u0001b"', '"a\\u0085b"']
NUMBERS = ["1", "-1", "1.5", "1e300", "9" * 400]
NO_NUMBERS = [
    '"x"',
    '"1_0"',
    '"\uff11"',
    '"\u0661"',
    '"1e400"',
    '"NaN"',
    '"Infinity"',
    '"0x10"',
    '"1,5"',
    f'"{"9" * 5000}"',
]
NO_WHOLE_NUMBERS = [*NO_NUMBERS, "1.5", '"1.5"', "-1", '"-1"', "1e300", "9" * 400, "1000000001", '""', "null", '" 1"']
NO_IDS = ["0", "-1", "1.0", "1.5", '"1.0"', "9223372036854775808", "9" * 400, '"+1"', '" 1"', '"-1"']
NO_DATES = [
    "0", "20260101", '""', '"0000-01-01"', '"99999-01-01"', '"10000-01-01"', '"-0001-01-01"', '"2026-13-01"',
    '"2026-02-30"', '"2026-1-5"', '"20260101"', '"2026-W01-1"', '"2026-001"', '"2026-01-01T00:00:00Z"',
    '"\uff12\uff10\uff12\uff16-01-01"', '"2026-01-0\u0661"', '"01/02/2026"', '"today"', '"x"',
]  # fmt: skip

TEXT = [*NUMBERS, *TYPES]
NO_AMOUNTS = [*NO_NUMBERS, *TYPES, "-1", "1e300", "9" * 400]
SPECIAL: dict[str, list[str]] = {
    "name": [*TEXT, "null", '""', '"  "', f'"{"x" * 256}"'],
    "codes": [
        *("5", "null", "{}", "[5]", "[null]", "[{}]", '[{"code": ""}]', '[{"code": "A"}, {"code": "a"}]'),
        *(f'[{{"code": {text}}}]' for text in TEXT),
        *(f'[{{"code": "A", "quantity": {number}}}]' for number in [*NO_WHOLE_NUMBERS, *TYPES, "0"]),
    ],
    "price": [*NO_AMOUNTS, "null", '""'],
    "stock_sequence": [value for value in [*NO_WHOLE_NUMBERS, *TYPES] if value != "1000000001"],
    "keeps_stock": ["-1", "1.5", "9" * 400, "null", "[1]", "{}", '"x"', '""'],
    "min_threshold": [value for value in [*NO_WHOLE_NUMBERS, *TYPES] if value not in ("null", '""')],
    "decimals": [*NO_WHOLE_NUMBERS, *TYPES, "4"],
    "amount": [*NO_AMOUNTS, "1.5"],
    "pack_size": [*NO_WHOLE_NUMBERS, *TYPES, "0"],
    "supplier": [*NO_IDS, *NO_NUMBERS, *TYPES],
    "tax": [*NO_IDS, *NO_NUMBERS, *TYPES],
    "group": [*NO_IDS, *NO_NUMBERS, *TYPES],
    "options": [*TEXT, '{"size": 1}', '{"size": []}', '{"": "S"}', f'{{"size": "{"x" * 61}"}}'],
    "fields": [*TEXT, '{"brand": []}', '{"brand": {}}', '{"": "x"}', '{"brand": "x"}'],
    "tags": [*NUMBERS, *TYPES[:2], "[1]", "[[]]", '[""]', '["a,b"]', '{"add": "x"}', '{"more": []}', f'["{"x" * 41}"]'],
    "metadata": [*TEXT, '{"a": 1}', '{"a": []}', '{"A": "x"}', '{"": "x"}', f'{{"a": "{"x" * 501}"}}'],
    "category": [*NO_IDS[:4], *NO_IDS[5:7], *TYPES, f'"{"x" * 256}"'],
}


def list_wrong_values(field):
    """Return hostile values for the field, as JSON source. Raise KeyError for a kind of field that has none yet."""
    if field.field_name in SPECIAL:
        return SPECIAL[field.field_name]
    if isinstance(field, serializers.CharField):
        return [*TEXT, f'"{"x" * (field.max_length + 1)}"']
    kinds = {
        QuantityField: NO_WHOLE_NUMBERS,
        DateField: NO_DATES,
        CostPriceField: NO_AMOUNTS,
    }
    return [*kinds[type(field)], *TYPES]


WRITABLE = [field for field in ProductSerializer().fields.values() if not field.read_only]
WRONG = {field.field_name: list_wrong_values(field) for field in WRITABLE}
every_field = pytest.mark.parametrize("field", WRONG)


def read_all_rows():
    """Return all rows that a request about products could write."""
    models = (Product, Category, Supplier, Movement, Operation)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_no_value_is_for_a_field_that_does_not_exist():
    assert SPECIAL.keys() <= WRONG.keys()
    assert len(WRONG) >= 17


@every_field
def test_a_hostile_value_is_refused_and_writes_nothing(as_alice, kettle, field):
    before = read_all_rows()
    body = {"name": "Pot", "price": "1", "quantity": 3} | {field: "?"}
    values = [*WRONG[field], *NOT_JSON, *CHARACTERS[: 3 if field == "description" else 5]]
    for number, value in enumerate(values if TESTS_ALL else choose_sample(values)):
        written = json.dumps(body).replace('"?"', value).encode(errors="surrogatepass")
        for method in METHODS if TESTS_ALL else [METHODS[number % 3]]:
            address = URL if method == "POST" else f"{URL}{kettle.pk}/"
            answer = as_alice.generic(method, address, written, content_type="application/json")
            assert (answer.status_code, type(answer.json())) == (400, dict), (method, value[:50])
    assert read_all_rows() == before


@every_field
def test_a_hostile_value_in_a_form_is_refused_and_writes_nothing(as_alice, kettle, field):
    before = read_all_rows()
    files = [SimpleUploadedFile(name, b"x") for name in ("5", "2026-01-01", "x.png")]
    texts = [value for value in map(form_value, WRONG[field]) if value is not None]
    for value in [*(texts if TESTS_ALL else choose_sample(texts)), "a\0b", "a\x01b", *files]:
        answer = as_alice.post(URL, {"name": "Pot", "price": "1", field: value}, format="multipart")
        assert (answer.status_code, type(answer.json())) == (400, dict), str(value)[:50]
    assert read_all_rows() == before


def choose_sample(values):
    """Return a quarter of the values, which are the same in every run."""
    return random.Random(SEED).sample(values, (len(values) + 3) // 4)  # noqa: S311


def form_value(source):
    """Return the value of a JSON string that is not blank. Return None for other values, which a form can't send."""
    return json.loads(source) if source.startswith('"') and json.loads(source).strip() else None


def test_a_hostile_value_of_a_worker_is_refused(as_bob, kettle):
    before = read_all_rows()
    for field, values in WRONG.items():
        for value in values if TESTS_ALL else choose_sample(values)[:3]:
            body = f'{{"quantity": 5, "{field}": {value}}}'
            answer = as_bob.patch(f"{URL}{kettle.pk}/", body, content_type="application/json")
            assert (answer.status_code, type(answer.json())) in ((400, dict), (403, dict)), (field, value)
    assert read_all_rows() == before


def test_hostile_field_names_cause_no_error(as_alice, kettle):
    before = read_all_rows()
    for name in ('"\\u0000"', '"\\ud800"', '"name"', '"__class__"', '"owner_id"', '"archived_at"', '""'):
        body = f'{{"quantity": -1, {name}: {{"$gt": ""}}}}'
        answer = as_alice.patch(f"{URL}{kettle.pk}/", body, content_type="application/json")
        assert (answer.status_code, type(answer.json())) == (400, dict), name
    assert read_all_rows() == before


@pytest.mark.parametrize("method", METHODS)
def test_refuses_a_body_that_is_not_a_json_object(as_alice, kettle, method):
    before = read_all_rows()
    address = URL if method == "POST" else f"{URL}{kettle.pk}/"
    for body in (b"{", b"[]", b"[{}]", b"null", b"1", b'"x"', b"\xff", b"\xef\xbb\xbf", b"[" * 100_000):
        answer = as_alice.generic(method, address, body, content_type="application/json")
        assert (answer.status_code, type(answer.json())) == (400, dict), body[:10]
    for content_type in ("text/plain", "application/xml", "x", "application/jsonx"):
        answer = as_alice.generic(method, address, b"{}", content_type=content_type)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert read_all_rows() == before


@pytest.mark.parametrize("route", ["", "restore/", "movements/"])
def test_an_unknown_or_malformed_id_is_a_404(as_alice, kettle, route):
    before = read_all_rows()
    for number in ("0", "9" * 19, "9" * 20, "9" * 400, "-1", "+1", "1_0", "\uff11", "1.0", "x", "%00", "1%0a", "{id}"):
        for method in {"": ("GET", "PUT", "PATCH", "DELETE"), "restore/": ("POST",), "movements/": ("GET",)}[route]:
            answer = as_alice.generic(method, f"{URL}{number}/{route}", b"{}", content_type="application/json")
            assert (answer.status_code, answer.json()) == (404, {"detail": "Not found.", "code": "not_found"}), number
    assert read_all_rows() == before


def test_an_oversized_stock_sequence_is_outdated_and_not_an_error(as_alice, alice):
    product = make_product(alice, "Pan", quantity=1)
    for sequence in (10**18, 10**25):
        body = {"quantity": 2, "stock_sequence": sequence}
        assert as_alice.patch(f"{URL}{product.pk}/", body).status_code == 409
