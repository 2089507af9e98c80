"""What the shop pays is hidden from workers. test_walk_employees.py looks for these amounts in every response."""

import re
from contextvars import Context
from decimal import Decimal

import pytest
from django.db.models import DecimalField

from core.fields import COST_FIELDS, are_costs_shown
from testing.cast.shops import OWNED, rows_of

pytestmark = [pytest.mark.usefixtures("shared_world")]
# Customers pay these, and workers see them, as they see what is in a drawer.
PRICES = {"price", "unit_price", "total", "rate", "discount", "amount", "tendered", "tip", "percent"} | {
    "opening", "expected", "counted", "kept", "net", "tax", "gross", "list_price",
    "discount_percent", "discount_amount",
}  # fmt: skip
COLUMNS = [
    ("products.Product", "cost_price"),
    ("products.Product", "stock_value"),
    ("stock.Movement", "value"),
    ("stock.ExtraCost", "cost"),
    ("purchasing.OrderLine", "unit_cost"),
]
MIN_SECRET = Decimal(10_000)  # smaller amounts occur by chance


def find_costs(world):
    """Return the amounts that workers of Alice's shop must not see: costs in its rows and in lines of orders."""
    rows = [row for rows in rows_of(world.own_shop("alice").owner).values() for row in rows]
    amounts = [(name, value) for row in rows for name, value in row.items() if isinstance(value, Decimal)]
    shown = {value for name, value in amounts if name in PRICES}
    computed = {row["quantity"] * row["unit_cost"] for row in rows if row.get("unit_cost")}
    hidden = {value for name, value in amounts if name not in PRICES} | computed
    return {value for value in hidden - shown if value >= MIN_SECRET}


def test_each_amount_is_known_as_a_price_or_hidden():
    """A new amount must be hidden from workers, unless it is named here."""
    names = {field.name for model in OWNED for field in model._meta.local_fields if isinstance(field, DecimalField)}
    assert names == {*PRICES, "cost_price", "stock_value", "value", "unit_cost", "cost"}


def test_fields_that_hide_costs_have_the_known_names(schema):
    """A stored response relies on the names to hide costs from a worker."""
    hidden = {
        name
        for part in schema["components"]["schemas"].values()
        for name, field in part.get("properties", {}).items()
        if re.search("null.*for workers", field.get("description", ""), re.IGNORECASE)
    }
    assert hidden == COST_FIELDS


def test_the_shop_of_the_walk_has_costs(world):
    costs = find_costs(world)
    rows = rows_of(world.own_shop("alice").owner)
    for model, name in COLUMNS:
        assert costs & {row[name] for row in rows[model]}, name


def test_without_a_decision_costs_are_hidden():
    assert Context().run(are_costs_shown) is False


def test_the_decision_ends_with_its_request(world):
    """The next request may be served by the same thread."""
    assert "cost_price" in world.client("alice").get("/api/products/").text
    assert not are_costs_shown()
