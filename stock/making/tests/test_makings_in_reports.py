"""Makings in the reports: they are demand of the parts, and neither a sale nor a loss."""

import pytest

from stock.making.tests.recipes import make, write_recipe
from testing.cast.orders import make_supplier
from testing.cast.people import make_product


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, cost_price="2.00", supplier=make_supplier(alice), min_threshold=5)


@pytest.fixture
def bag(alice):
    return make_product(alice, "Bag", cost_price="5.00", supplier=make_supplier(alice, "Bags"), min_threshold=11)


@pytest.fixture
def recipe(alice, tea, bag):
    return write_recipe(alice, bag, 5, {tea: 10})


def read_rows(client, report):
    response = client.get(f"/api/reports/{report}/")
    assert response.status_code == 200, response.json()
    return {row.get("name"): row for row in response.json()["results"]}


@pytest.mark.quick
def test_what_makings_use_is_demand_of_the_parts(as_alice, tea, bag, recipe):
    make(as_alice, bag, 20)
    undone = make(as_alice, bag, 10).json()
    as_alice.post(f"/api/stock/operations/{undone['id']}/reverse/", {})
    make(as_alice, bag, 5, take_apart=True)
    rows = read_rows(as_alice, "days-left")
    assert list(rows) == ["Tea"]
    assert (rows["Tea"]["sold"], rows["Tea"]["used"], rows["Tea"]["per_day"]) == (0, 40, "1.33")


def test_what_has_a_recipe_is_suggested_for_making_in_whole_batches(as_alice, tea, bag, recipe):
    make(as_alice, bag, 5)
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 60})
    rows = read_rows(as_alice, "reorder")
    assert (rows["Tea"]["to_make"], rows["Tea"]["sold"], rows["Tea"]["used"]) == (False, 60, 10)
    made = rows["Bag"]
    assert (made["to_make"], made["supplier"], made["needed"], made["packs"], made["suggested"]) == (
        True,
        None,
        7,
        2,
        10,
    )
    refused = as_alice.post("/api/purchase-orders/", {"supplier": bag.supplier_id, "suggested": True})
    assert refused.json()["code"] == "nothing_suggested"


def test_a_making_is_neither_a_sale_nor_a_loss(as_alice, bag, recipe):
    make(as_alice, bag, 10)
    assert read_rows(as_alice, "margins") == {}
    losses = as_alice.get("/api/reports/losses/").json()
    assert (losses["results"], losses["written_off"]["results"]) == ([], [])


def test_the_report_of_movements_has_makings(as_alice, tea, bag, recipe):
    make(as_alice, bag, 10)
    rows = read_rows(as_alice, "movements")
    assert (rows["Tea"]["quantity_out"], rows["Bag"]["quantity_in"]) == (20, 10)
