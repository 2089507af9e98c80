"""The schema describes amounts of every size and sign. test_walk.py looks for amounts without a pattern."""

import pytest

from core.fields import AMOUNT, TWO_PLACES
from products.models import Product
from testing.cast.people import make_product
from testing.laws.schemas import find_mistakes
from testing.tables import all_cases

pytestmark = [pytest.mark.django_db]
LARGE = {"cost_price": "9999999999.99", "price": "9999999999.99"}


@all_cases("path", ["/api/products/", "/api/stock/", "/api/reports/valuation/", "/api/reports/margins/"])
def test_a_sum_may_be_larger_than_a_price(as_alice, alice, schema, path):
    product = make_product(alice, "Pearl", 1_000_000_000, **LARGE)
    as_alice.post("/api/stock/", {"product": product.pk, "movement_type": "OUT", "quantity": 999_999_999})
    assert Product.objects.get(pk=product.pk).stock_value == product.cost_price
    assert find_mistakes(schema, as_alice.get(path), path, "get") == []


def test_the_value_of_a_past_level_may_be_negative(as_alice, alice, schema):
    product = make_product(alice, "Pearl", 5, cost_price="2.00", price="3.00")
    late = {"occurred_at": "2026-01-02T09:00:00Z"}
    as_alice.post("/api/stock/", {"product": product.pk, "movement_type": "OUT", "quantity": 1, **late})
    answer = as_alice.get("/api/reports/valuation/", {"as_of": "2026-01-03"})
    assert answer.json()["total"]["value_at_cost"] == "-2.00"
    assert find_mistakes(schema, answer, "/api/reports/valuation/", "get") == []


MONEY = {AMOUNT["pattern"], TWO_PLACES["pattern"]}
# These texts have the name of an amount elsewhere, and are none: values of any field, percentages, words and codes, and
# quantities in units.
NO_MONEY = {
    ("change", "ImportedKit"), ("change", "ImportedLevel"), ("change", "ImportedOffer"), ("change", "ImportedPrice"),
    ("lost", "LossByUnit"),
    ("new", "KeptChange"), ("new", "ListedChange"), ("new", "PriceListChange"), ("old", "KeptChange"),
    ("old", "ListedChange"), ("old", "PriceListChange"), ("other", "Error"), ("other", "Invalid"),
    ("other", "LineError"), ("percent", "DoubtfulCost"), ("percent", "ListedChange"), ("returned", "SoldByUnit"),
    ("value", "Error"), ("value", "ImportChoice"), ("value", "Invalid"), ("value", "LineError"),
    ("value", "UnknownLine"),
}  # fmt: skip


def list_fields(part, name):
    """Yield name, schema and description of each field in a part of the API's schema."""
    for field, described in part.get("properties", {}).items():
        yield field, name, described
        yield from list_fields(described, name)
        yield from list_fields(described.get("items", {}), name)


def test_a_field_with_the_name_of_an_amount_has_the_pattern_of_amounts(schema):
    parts = schema["components"]["schemas"]
    found = [field for name, part in parts.items() for field in list_fields(part, name)]
    names = {field for field, _, described in found if described.get("pattern") in MONEY}
    texts = [one for one in found if one[0] in names and one[2].get("type") == "string" and "enum" not in one[2]]
    assert {(field, name) for field, name, described in texts if "pattern" not in described} == NO_MONEY
    assert {"price", "cost_price", "unit_price", "list_price", "due", "usual"} <= names
