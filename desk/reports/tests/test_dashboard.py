"""The dashboard: counts, stock and values, exact to the cent, in the published format."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from core.database import replicas
from core.money.amounts import MAX_PRICE
from core.time_zones import today
from desk.reports.reading import overview as reports
from products.models import Category
from testing.cast.people import make_product
from testing.tables import all_cases

URL = "/api/dashboard/"
MAX_QUANTITY = 1_000_000_000

# The published example of this dashboard.
EXAMPLE = """{
  "counts": {
    "total_products": 5,
    "total_categories": 2,
    "low_stock": 2,
    "expired_products": 1
  },
  "stock": {
    "total_stock": 31
  },
  "financial": {
    "total_inventory_value": 36800.0,
    "expired_inventory_value": 5000.0,
    "real_inventory_value": 31800.0
  },
  "analytics": [
    {
      "category": "Electronics",
      "total_value": 29000.0
    },
    {
      "category": "Fruits",
      "total_value": 7800.0
    }
  ]
}"""
EMPTY = {
    "counts": {"total_products": 0, "total_categories": 0, "low_stock": 0, "expired_products": 0},
    "stock": {"total_stock": 0},
    "financial": {"total_inventory_value": 0.0, "expired_inventory_value": 0.0, "real_inventory_value": 0.0},
    "analytics": [],
}
EXPIRED = today() - timedelta(days=1)


def read_dashboard(client):
    answer = client.get(URL)
    assert answer.status_code == 200
    return answer.json()


def list_values(client):
    return [(row["category"], row["total_value"]) for row in read_dashboard(client)["analytics"]]


def create_category(owner, name):
    return Category.objects.create(owner=owner, name=name)


def test_returns_the_published_example_digit_for_digit(as_alice, alice):
    electronics, fruits = create_category(alice, "Electronics"), create_category(alice, "Fruits")
    make_product(alice, "Laptop", 10, price="1200.00", category=electronics)
    make_product(alice, "Phone", 10, price="1000.00", category=electronics)
    make_product(alice, "Camera", 2, price="3500.00", category=electronics)
    make_product(alice, "Saffron", 5, price="1000.00", category=fruits, expiration_date=EXPIRED)
    make_product(alice, "Truffles", 4, price="700.00", category=fruits, min_threshold=3)
    answer = as_alice.get(URL)
    assert json.dumps(json.loads(answer.content), indent=2) == EXAMPLE
    assert answer.text == json.dumps(json.loads(EXAMPLE), separators=(",", ":"))


@all_cases("who", ["as_alice", "as_bob", "as_dora"])
def test_an_empty_shop_returns_zeros(who, request):
    assert read_dashboard(request.getfixturevalue(who)) == EMPTY


def test_the_largest_values_are_exact(as_alice, alice):
    tools = create_category(alice, "Tools")
    for number in range(7):
        make_product(alice, f"Gold {number}", MAX_QUANTITY, price=MAX_PRICE, category=tools if number else None)
    exact = Decimal("9999999999.99") * MAX_QUANTITY
    found = reports.compute_dashboard(alice)
    assert found["financial"]["total_inventory_value"] == 7 * exact == Decimal("69999999999930000000")
    assert [row["total_value"] for row in found["analytics"]] == [6 * exact, exact]
    assert read_dashboard(as_alice)["stock"] == {"total_stock": 7 * MAX_QUANTITY}
    assert read_dashboard(as_alice)["financial"]["real_inventory_value"] == float(7 * exact)


def test_values_up_to_70_trillion_are_exact_to_the_cent_in_json(as_alice, alice):
    make_product(alice, "Gold", 7_000, price="9999999999.99")
    make_product(alice, "Dust", 1, price="0.09")
    make_product(alice, "Grain", 1, price="0.01", expiration_date=EXPIRED)
    text = as_alice.get(URL).text
    assert '"total_inventory_value":69999999999930.1,' in text
    assert '"real_inventory_value":69999999999930.09}' in text


def test_sums_are_exact_where_floats_are_not(as_alice, alice):
    prices = ["0.10", "0.20", "1.15", "2.675", "0.07", "4.35"]
    for price, quantity in zip(prices, [1, 1, 3, 0, 100, 100], strict=True):
        make_product(alice, price, quantity, price=Decimal(price).quantize(Decimal("0.01")))
    assert sum([0.10, 0.20, 1.15 * 3, 0.07 * 100, 4.35 * 100]) != 445.75
    assert '"total_inventory_value":445.75,' in as_alice.get(URL).text


@pytest.mark.quick
def test_products_expire_on_their_date_and_the_real_value_leaves_them_out(as_alice, alice):
    for name, date, price in [("Old", -1, "1.01"), ("Today", 0, "2.02"), ("Tomorrow", 1, "4.04")]:
        make_product(alice, name, 10, price=price, expiration_date=today() + timedelta(days=date))
    make_product(alice, "Never", 10, price="8.08")
    found = read_dashboard(as_alice)
    assert found["counts"]["expired_products"] == 2
    assert list(found["financial"].values()) == [151.5, 30.3, 121.2]


def test_a_product_is_low_at_or_below_its_threshold(as_alice, alice):
    for quantity in (0, 5, 6):
        make_product(alice, f"{quantity} left", quantity)
    assert read_dashboard(as_alice)["counts"]["low_stock"] == 2


@pytest.mark.quick
def test_categories_are_ordered_by_value_and_then_by_name(as_alice, alice):
    for name, quantity in [("Small", 1), ("Tie B", 5), ("Large", 9), ("Tie A", 5), ("Nothing left", 0)]:
        make_product(alice, name, quantity, price="1.00", category=create_category(alice, name))
    order = [("Large", 9.0), ("Tie A", 5.0), ("Tie B", 5.0), ("Small", 1.0), ("Nothing left", 0.0)]
    assert list_values(as_alice) == order


def test_products_without_a_category_are_uncategorized(as_alice, alice):
    make_product(alice, "Pot", 2, price="1.50")
    make_product(alice, "Pan", 3, price="1.00")
    make_product(alice, "Tea", 1, price="1.00", category=create_category(alice, "Drinks"))
    assert list_values(as_alice) == [("Uncategorized", 6.0), ("Drinks", 1.0)]


def test_a_category_without_products_is_counted_but_has_no_value(as_alice, alice):
    create_category(alice, "Empty")
    assert read_dashboard(as_alice) == {**EMPTY, "counts": {**EMPTY["counts"], "total_categories": 1}}


@pytest.mark.quick
def test_archived_products_are_not_counted(as_alice, alice):
    milk = make_product(alice, "Milk", 2, category=create_category(alice, "Dairy"), expiration_date=EXPIRED)
    assert read_dashboard(as_alice)["counts"]["expired_products"] == 1
    assert as_alice.delete(f"/api/products/{milk.pk}/").status_code == 204
    assert read_dashboard(as_alice) == {**EMPTY, "counts": {**EMPTY["counts"], "total_categories": 1}}


def test_a_sale_shows_at_once(as_alice, kettle):
    assert read_dashboard(as_alice)["financial"]["total_inventory_value"] == 100.0
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 3})
    assert read_dashboard(as_alice)["financial"]["total_inventory_value"] == 70.0
    assert list_values(as_alice) == [("Uncategorized", 70.0)]


def test_the_dashboard_contains_only_the_account_s_products(as_alice, as_bob, as_charlie, kettle, charlie):
    assert read_dashboard(as_bob) == read_dashboard(as_alice) != EMPTY
    assert read_dashboard(as_charlie) == EMPTY


@pytest.mark.quick
def test_the_dashboard_counts_the_categories_of_its_own_shop(as_alice, alice, charlie):
    for owner, names in ((alice, ["Tools"]), (charlie, ["Tea", "Dairy"])):
        for name in names:
            create_category(owner, name)
    assert read_dashboard(as_alice)["counts"]["total_categories"] == 1


@all_cases("unit", ["", "bag"])
def test_the_unit_of_all_products_changes_no_sum(as_alice, alice, unit):
    tools = create_category(alice, "Tools")
    make_product(alice, "Saw", 3, price="20.00", category=tools, unit=unit)
    make_product(alice, "Axe", 2, price="10.00", category=tools, unit=unit, min_threshold=9, expiration_date=EXPIRED)
    make_product(alice, "Bread", 4, price="5.50", unit=unit)
    assert read_dashboard(as_alice) == {
        "counts": {"total_products": 3, "total_categories": 1, "low_stock": 3, "expired_products": 1},
        "stock": {"total_stock": 9},
        "financial": {
            "total_inventory_value": 102.0, "expired_inventory_value": 20.0, "real_inventory_value": 82.0,
        },
        "analytics": [
            {"category": "Tools", "total_value": 80.0}, {"category": "Uncategorized", "total_value": 22.0},
        ],
    }  # fmt: skip


@all_cases("rows", [1, 30])
def test_the_dashboard_takes_statements_for_user_sums_and_categories(as_alice, alice, rows, django_assert_num_queries):
    for number in range(rows):
        make_product(alice, f"Pot {number}", 1, category=create_category(alice, f"Category {number}"))
    user, sums, categories = 1, 1, 1
    with django_assert_num_queries(user + sums + categories):
        assert len(list_values(as_alice)) == rows


def add_after_names(monkeypatch, add):
    """Call `add` once, as another request may commit then, between the two statements of the dashboard."""
    additions = [add]

    def read(statement, parameters):
        rows = replicas.read(statement, parameters)
        if additions:
            additions.pop()()
        return rows

    monkeypatch.setattr(reports, "read", read)


@pytest.mark.quick
def test_a_unit_that_is_new_during_the_request_counts_in_all_sums(as_alice, alice, monkeypatch):
    make_product(alice, "Pot", 2, price="1.50")
    add_after_names(monkeypatch, lambda: make_product(alice, "Tea", 250, price="8.00", unit="kg", decimals=3))
    found = read_dashboard(as_alice)
    assert found["financial"]["total_inventory_value"] == 5.0
    assert found["stock"]["by_unit"] == [{"unit": "", "total_stock": "2"}, {"unit": "kg", "total_stock": "0.250"}]


def test_a_category_that_is_new_during_the_request_has_its_name(as_alice, alice, monkeypatch):
    make_product(alice, "Pot", 2, price="1.50")
    add_after_names(
        monkeypatch, lambda: make_product(alice, "Tea", 1, price="2.00", category=create_category(alice, "Dry"))
    )
    found = read_dashboard(as_alice)
    assert found["analytics"] == [
        {"category": "Uncategorized", "total_value": 3.0},
        {"category": "Dry", "total_value": 2.0},
    ]
    assert found["counts"]["total_categories"] == 1


def test_lots_take_no_further_statement(as_alice, alice, django_assert_num_queries):
    milk = make_product(alice, "Milk", 0, price="1.00", expiration_date=EXPIRED + timedelta(days=9))
    for lot, date in (("A", EXPIRED), ("B", EXPIRED + timedelta(days=9))):
        line = {"product": milk.pk, "movement_type": "IN", "quantity": 2, "lot": lot, "expires_on": date}
        assert as_alice.post("/api/stock/", line).status_code == 201
    with django_assert_num_queries(3):
        found = read_dashboard(as_alice)
    assert found["counts"]["expired_products"] == 1
    assert found["financial"]["expired_inventory_value"] == 2.0
