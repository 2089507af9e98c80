"""The schema describes every amount of a response, whatever its size and its sign."""

import re

import pytest

from products.models import Product
from testing import walk
from testing.cast import make_product
from testing.schemas import find_mistakes, resolve_reference

pytestmark = [pytest.mark.django_db, pytest.mark.check]
LARGE = {"cost_price": "9999999999.99", "price": "9999999999.99"}
# Texts and values of the history, which have any form.
FREE = {"changes", "data", "name", "note", "sale"}


def list_amounts(schema, described, value, name=""):
    """Yield name and pattern of each text in the value that is an amount."""
    described = resolve_reference(schema, described) or {}
    if isinstance(value, dict):
        for key in value.keys() - FREE:
            yield from list_amounts(schema, described.get("properties", {}).get(key), value[key], key)
    elif isinstance(value, list):
        for part in value:
            yield from list_amounts(schema, described.get("items"), part, name)
    elif isinstance(value, str) and re.fullmatch(r"-?\d+\.\d\d", value):
        yield name, described.get("pattern")


def test_every_amount_has_a_pattern(world, schema):
    client, found = world.client("alice"), set()
    for call in (call for call in walk.list_calls() if call.method == "GET"):
        answer = client.get(walk.address_of(call, "alice", world))
        if answer.headers["Content-Type"] == "application/json":
            described = schema["paths"][call.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            found |= {(call.path, *amount) for amount in list_amounts(schema, described, answer.json())}
    assert [amount for amount in found if amount[2] is None] == []
    assert {"price", "stock_value", "value_at_price", "margin_percent", "cost"} < {name for _, name, _ in found}


@pytest.mark.parametrize("path", ["/api/products/", "/api/stock/", "/api/reports/valuation/", "/api/reports/margins/"])
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
